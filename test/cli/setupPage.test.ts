import { execFile } from 'node:child_process'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { createEmulator } from '../../emulator/index.ts'
import { Client } from '../emulator/client.ts'
import { startRelay } from '../relay/runningRelay.ts'
import { key } from '../relay/world.ts'
import { testWith } from '../requirements.ts'
import { product, runProgram } from './commandLine.ts'
import { TriggersProgram } from './triggersProgram.ts'

const page = 'docs/triggers/setup.md'

/** The lines of the page's blocks that begin with a word. */
async function commands(word: string): Promise<readonly (readonly string[])[]> {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => language === '')
    .map(([, , block = '']) => block)
  const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith(`${word} `))
  return lines.map((line) => line.split(' ').slice(1))
}

test('every azureml-cd command of the page on setting it up does what it says, in its order', async (t) => {
  const emulator = await createEmulator({ runtime: 'process', blobs: false })
  t.teardown(() => emulator.close())
  const client = new Client(emulator)
  t.teardown(() => client.close())
  const program = await TriggersProgram.start(client, emulator)
  t.teardown(() => program.close())
  const file = join(program.folder, 'triggers.yml')
  await rename(await program.rulesFor('diabetes-to-production', 'model: diabetes'), file)
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/x'
  await client.arm('PUT', 'models/diabetes/versions/7', { properties: { modelUri } })
  const all = await commands('azureml-cd')
  t.is(all.length, 7)
  for (const command of all) {
    // Where the page's reader has a folder and a port of their own.
    const words = command.map((word) => (/^(triggers\.yml|ledger)$/.test(word) ? join(program.folder, word) : word))
    if (words[0] === 'relay') {
      const at = words.indexOf('--port')
      const rest = words.filter((_, index) => index > 0 && index !== at && index !== at + 1)
      const { url } = await startRelay(t, rest, { ...program.environment, AZUREML_CD_RELAY_KEY: key })
      t.is((await fetch(`${url}/nowhere`)).status, 404)
      continue
    }
    const ended = await runProgram(product, words, { environment: program.environment })
    t.is(ended.code, 0, `${command.join(' ')}\n${ended.stdout}${ended.stderr}`)
    if (words.includes('status')) t.regex(ended.stdout, /diabetes → ship \(diabetes-to-production\): newest 7/)
  }
  t.true(program.received('diabetes-to-production').every((version) => version === '7'))
  t.true(program.received('diabetes-to-production').length >= 2)
})

test('every script of the page is one of the project', async (t) => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const named = (await commands('npm')).map(([run, script]) => `${run} ${script}`)
  t.deepEqual(named, ['run package:relay', 'run image'])
  for (const [, script = ''] of await commands('npm')) t.true(script in scripts, script)
})

testWith('az')('az knows the deployments of the page and every option that they are given', async (t) => {
  t.timeout(180_000)
  const run = promisify(execFile)
  const known = new Map<string, string>()
  // Debian's az fails to load its own commands of the other groups.
  const all = (await commands('az')).filter(([group = '']) => ['deployment', 'functionapp'].includes(group))
  t.is(all.length, 4)
  for (const words of all) {
    const command = words.slice(
      0,
      words.findIndex((word) => word.startsWith('--')),
    )
    const name = command.join(' ')
    const help = known.get(name) ?? (await run('az', [...command, '--help'])).stdout
    known.set(name, help)
    for (const option of words.filter((word) => word.startsWith('--')))
      t.regex(help, new RegExp(`${option}\\b`), `az ${name} ${option}`)
  }
})
