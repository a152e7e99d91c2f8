import type { ExecutionContext } from 'ava'
import { createEmulator } from '../../emulator/index.ts'
import { debianPython, python, testWith } from '../requirements.ts'
import { clientEnvironment, runProgram } from './clients/program.ts'

/** A day of work with azure-ai-ml, each version in a workspace of its own. */
async function work(
  t: ExecutionContext,
  options: { readonly client: string; readonly env: Readonly<Record<string, string>>; readonly tenant?: string },
): Promise<unknown> {
  const emulator = await createEmulator({ runtime: 'process', python })
  t.teardown(() => emulator.close())
  const { port } = new URL(emulator.url)
  const env = clientEnvironment(emulator, {
    ARM_CLOUD_METADATA_URL: `https://localhost:${port}/metadata/endpoints?api-version=2019-05-01`,
    AUTHORITY_TENANT: options.tenant ?? emulator.tenantId,
    PYTHONDONTWRITEBYTECODE: '1',
    ...options.env,
  })
  const said = await runProgram(options.client, ['test/emulator/clients/machineLearning.py'], { env })
  return JSON.parse(said.trim().split('\n').at(-1) ?? '')
}

const expected = {
  registered: ['1', '2'],
  again: '3',
  same_place: true,
  got: { of: 'one' },
  latest: '3',
  listed: ['3', '2', '1'],
  after_archive: ['2', '1'],
  containers: ['diabetes'],
  missing: 404,
  endpoint: ['Succeeded', 'key'],
  environment: '1',
  deployed: ['Succeeded', 'Succeeded'],
  same_code: true,
  traffic: { blue: 0, green: 100 },
  scored: ['one', 'two', 'one'].map((model) => ({ model: `model ${model}`, asked: 7 })),
  keys: true,
  logged: true,
  deployments: ['blue', 'green'],
  left: [],
}

testWith('azure-ai-ml')(
  'today’s azure-ai-ml registers folders, deploys with code and environment, moves traffic, invokes, reads logs, deletes',
  async (t) => {
    t.timeout(120_000)
    const { version, ...seen } = Object(await work(t, { client: python, env: {} }))
    t.regex(version, /^1\.\d+\.\d+$/)
    t.deepEqual(seen, expected)
  },
)

testWith('azure-ai-ml of Debian')('azure-ai-ml 1.4.0 of Debian does the same, after signing in at AD FS', async (t) => {
  t.timeout(120_000)
  const env = { PYTHONPATH: 'test/emulator/clients/debian' }
  t.deepEqual(await work(t, { client: debianPython, tenant: 'adfs', env }), { version: '1.4.0', ...expected })
})
