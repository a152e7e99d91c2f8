import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { type WakeUp, WakeUpFolder } from '../../../core/trigger/index.ts'
import { temporaryFolder } from '../../relay/world.ts'

const wakeUp = (eventId: string): WakeUp => ({
  ...{ workspaceId: '/subscriptions/s', model: 'diabetes', version: '1', source: 'event-grid', eventId },
  receivedAt: '2026-11-27T05:00:00.000Z',
})
const ids = (wakeUps: readonly WakeUp[]) => wakeUps.map(({ eventId }) => eventId)

test('what was put is there for another process, oldest first, until it is done', async (t) => {
  const folder = temporaryFolder(t)
  const one = await WakeUpFolder.open(folder)
  for (const id of ['a', 'b', 'c']) await one.put(wakeUp(id))
  const other = await WakeUpFolder.open(folder)
  t.deepEqual(ids(await other.take(2)), ['a', 'b'])
  t.deepEqual(await other.take(1), [wakeUp('a')])
  await other.done([wakeUp('a'), wakeUp('b')])
  t.deepEqual(ids(await one.take(10)), ['c'])
  await one.done([wakeUp('c'), wakeUp('never')])
  t.deepEqual(await other.take(10), [])
  t.deepEqual(readdirSync(folder), [])
})

test('the same event is one, at the same time, later, and from two processes', async (t) => {
  const folder = temporaryFolder(t)
  const one = await WakeUpFolder.open(folder)
  const other = await WakeUpFolder.open(folder)
  await Promise.all([one.put(wakeUp('a')), one.put(wakeUp('a')), other.put(wakeUp('a'))])
  t.deepEqual(ids(await one.take(10)), ['a'])
  await one.done(await one.take(10))
  await one.put(wakeUp('a'))
  t.deepEqual(await one.take(10), [])
})

test('what arrives together is written together', async (t) => {
  const folder = temporaryFolder(t)
  const store = await WakeUpFolder.open(folder)
  await Promise.all(Array.from({ length: 2500 }, (_, index) => store.put(wakeUp(`e${index}`))))
  t.true(readdirSync(folder).length <= 5)
  t.is((await store.take(10_000)).length, 2500)
})

test('an unfinished file of a killed process is not read, and a folder that is gone is told', async (t) => {
  const folder = temporaryFolder(t)
  const store = await WakeUpFolder.open(folder)
  writeFileSync(join(folder, '00000000000001-000000001-x.new'), '{"half')
  t.deepEqual(await store.take(10), [])
  rmSync(folder, { recursive: true })
  await t.throwsAsync(store.put(wakeUp('a')), { code: 'ENOENT' })
  const again = await WakeUpFolder.open(folder)
  await again.put(wakeUp('a'))
  t.deepEqual(ids(await again.take(10)), ['a'])
})

test('what a killed process had promised is there', async (t) => {
  const folder = temporaryFolder(t)
  const program = join(temporaryFolder(t), 'writer.mjs')
  const writer = { entryPoints: ['test/core/trigger/wakeUpWriter.ts'], outfile: program }
  await build({ ...writer, bundle: true, format: 'esm', platform: 'node' })
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const promised: string[] = []
  child.stdout.setEncoding('utf8')
  for await (const chunk of child.stdout) {
    promised.push(
      ...String(chunk)
        .split('\n')
        .filter((line) => line !== ''),
    )
    if (promised.length > 300) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  const store = await WakeUpFolder.open(folder)
  const there = new Set(ids(await store.take(100_000)))
  t.deepEqual(
    promised.filter((id) => !there.has(id)),
    [],
  )
  t.true(promised.length > 300)
})
