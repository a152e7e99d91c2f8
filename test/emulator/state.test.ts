import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { StateFile } from '../../emulator/state/stateFile.ts'

const note = z.object({ text: z.string() })

function temporaryFile(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'state-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'state.jsonl')
}

test('a last line that was not finished is dropped, and the next one does not stick to it', (t) => {
  const path = temporaryFile(t)
  const first = new StateFile(path)
  first.collection('notes', note).set('a', { text: 'whole – with more than ASCII' })
  first.close()
  appendFileSync(path, '{"kind":"notes","key":"b","val')
  const second = new StateFile(path)
  const notes = second.collection('notes', note)
  t.is(notes.get('b'), undefined)
  notes.set('c', { text: 'next' })
  second.close()
  const third = new StateFile(path).collection('notes', note)
  t.deepEqual([...third.children()], [{ text: 'whole – with more than ASCII' }, { text: 'next' }])
})

test('deleted values stay deleted, and families are kept apart', (t) => {
  const path = temporaryFile(t)
  const first = new StateFile(path)
  const notes = first.collection('notes', note)
  notes.set('parent/a', { text: '1' })
  notes.set('parent/b', { text: '2' })
  notes.set('a', { text: '3' })
  t.true(notes.delete('parent/a'))
  t.false(notes.delete('parent/a'))
  first.close()
  const again = new StateFile(path).collection('notes', note)
  t.deepEqual([...again.children('parent')], [{ text: '2' }])
  t.deepEqual([...again.children()], [{ text: '3' }])
})

test('a file that is mostly out of date is rewritten and says the same', (t) => {
  const path = temporaryFile(t)
  const state = new StateFile(path)
  const notes = state.collection('notes', note)
  const others = state.collection('others', note)
  others.set('kept', { text: 'kept' })
  for (let count = 0; count < 10_000; count += 1) notes.set(`n${count % 7}`, { text: String(count) })
  state.close()
  t.true(readFileSync(path, 'utf8').split('\n').length < 5_000)
  t.is(statSync(path).mode & 0o777, 0o600)
  const again = new StateFile(path)
  t.is(again.collection('notes', note).get(`n${9_999 % 7}`)?.text, '9999')
  t.is(again.collection('others', note).get('kept')?.text, 'kept')
})

test('files of another format, of a later version or damaged in the middle are refused', (t) => {
  for (const text of ['', '{}\n', '{"format":"azureml-cd-emulator","version":2}\n']) {
    const path = temporaryFile(t)
    writeFileSync(path, text)
    t.throws(() => new StateFile(path), { message: /is not the state of an embedded workspace/ })
  }
  const path = temporaryFile(t)
  writeFileSync(path, '{"format":"azureml-cd-emulator","version":1}\nnonsense\n{"kind":"a","key":"b","value":1}\n')
  t.throws(() => new StateFile(path), { message: /Line 2 of the state file .* is damaged/ })
})
