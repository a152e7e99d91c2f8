import { readFileSync } from 'node:fs'
import test from 'ava'
import { missingSpecs, OpenApi } from './contract/openApi.ts'
import { coverageTables } from './coverage/coverageTables.ts'
import official from './coverage/officialOperations.json' with { type: 'json' }

test('the coverage that is documented is what an emulator answers', async (t) => {
  const [, written] = readFileSync('docs/emulator.md', 'utf8').split('<!-- coverage -->\n')
  t.is(written, await coverageTables(), 'Run "node scripts/emulatorDocs.mjs".')
})

const compare = missingSpecs === undefined ? test : test.skip
compare(`the list of operations is Microsoft's${missingSpecs === undefined ? '' : ` [${missingSpecs}]`}`, (t) => {
  const listed = official.flatMap(({ operations }) => operations.map(({ id, method }) => `${method} ${id}`))
  const described = new OpenApi().operations.map(({ id, method }) => `${method} ${id}`)
  t.deepEqual(listed.sort(), described.sort())
})
