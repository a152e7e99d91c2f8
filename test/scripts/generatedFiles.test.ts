import { readFile } from 'node:fs/promises'
import test from 'ava'
import { generatedFiles } from '../../scripts/generate/generatedFiles.ts'

test('every generated file is checked in as it is generated', async (t) => {
  const files = await generatedFiles()
  t.true(files.size > 0)
  for (const [path, text] of files) t.is(await readFile(path, 'utf8').catch(() => undefined), text, path)
})
