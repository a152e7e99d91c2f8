import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { FolderStore } from '../../../core/trigger/folderStore.ts'
import { storeContract } from './storeContract.ts'

const root = await mkdtemp(join(tmpdir(), 'azureml-cd-ledger-'))
test.after.always(() => rm(root, { recursive: true, force: true }))

storeContract(test, 'a folder', (place) => FolderStore.open(join(root, `contract-${place}`)))

test('a writer that slept through several changes does not bring back what it read', async (t) => {
  const folder = join(root, 'asleep')
  const store = await FolderStore.open(folder)
  const at = { collection: 'lanes', name: 'one' }
  const first = await store.write({ ...at, value: '1', etag: undefined })
  let etag = first
  for (const value of ['2', '3', '4', '5']) etag = await store.write({ ...at, value, etag })
  t.is(await store.write({ ...at, value: 'stale', etag: first }), undefined)
  t.is((await store.read('lanes', 'one'))?.value, '5')
  t.is((await readdir(join(folder, 'lanes', 'one'))).length, 2)
})

test('processes that are killed while they write leave every record whole and lose nothing that they had told', async (t) => {
  const folder = join(root, 'killed')
  const program = join(root, 'writer.mjs')
  await build({
    ...{ entryPoints: ['test/core/trigger/folderWriter.ts'], outfile: program, bundle: true, format: 'esm' },
    ...{ platform: 'node', target: 'node20', logLevel: 'warning' },
  })
  let told = 0
  for (let round = 0; round < 6; round += 1) {
    const writers = [0, 1].map(() =>
      spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] }),
    )
    let printed = ''
    await Promise.all(
      writers.map(
        (writer) =>
          new Promise<void>((resolve) => {
            writer.stdout.setEncoding('utf8').on('data', (text: string) => {
              printed += text
              if (printed.length > 40 + round * 13) for (const one of writers) one.kill('SIGKILL')
            })
            writer.once('exit', () => resolve())
          }),
      ),
    )
    const numbers = [...printed.matchAll(/^(\d+)\n/gm)].map(([, number]) => Number(number))
    t.is(new Set(numbers).size, numbers.length, 'two writers were told that the same change was theirs')
    told = Math.max(told, ...numbers)
    const store = await FolderStore.open(folder)
    const value = Number((await store.read('lanes', 'counted'))?.value)
    t.true(value >= told && value <= told + 2, `${value} is there, ${told} was told`)
    told = value
  }
})
