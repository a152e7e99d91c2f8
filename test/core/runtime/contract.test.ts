import test, { type ExecutionContext } from 'ava'
import { processRuntime } from '../../../core/runtime/process.ts'
import type { ServerChoice } from '../../../core/runtime/serverProgram.ts'
import { python, testWith } from '../../requirements.ts'
import { checkCases } from './contract/checkCases.ts'
import type { ContractScript } from './contract/contractCase.ts'
import { rawHttp, requestHeaders, typed } from './contract/decorated.ts'
import { outcomes } from './contract/outcomes.ts'
import { plain } from './contract/plain.ts'
import { cors, ownDescription } from './contract/settings.ts'
import { exchange } from './exchange.ts'
import { scoringFolder } from './scoringFolder.ts'

const testWithPackages = testWith('azureml-inference-server-http')

const contract: readonly ContractScript[] = [plain, outcomes, requestHeaders, rawHttp, typed, cors, ownDescription]

for (const script of contract) {
  const onStandIn = script.needsPackages ? testWithPackages : test
  onStandIn(`on the stand-in, ${script.title}`, async (t) => keepsContract(t, script, 'stand-in'))
  testWithPackages(`on azureml-inference-server-http, ${script.title}`, async (t) => keepsContract(t, script, 'auto'))
}

async function keepsContract(t: ExecutionContext, script: ContractScript, server: ServerChoice): Promise<void> {
  const folder = await scoringFolder(t, script.script, script.files)
  const runtime = await processRuntime({ python, server })
  const running = await runtime.start({ ...folder, environmentVariables: script.environmentVariables ?? {} })
  t.teardown(() => running.stop())
  await running.ready({ signal: AbortSignal.timeout(60_000) })
  await checkCases(t, script, running.url)
}

for (const version of ['2', '3', '3.1'])
  for (const [title, script] of Object.entries({ plain, typed }))
    testWithPackages(
      `the stand-in describes a ${title} service in version ${version} as azureml-inference-server-http does`,
      async (t) => {
        const described = async (server: ServerChoice): Promise<unknown> => {
          const folder = await scoringFolder(t, script.script)
          const runtime = await processRuntime({ python, server })
          const running = await runtime.start({
            ...folder,
            environmentVariables: { SERVICE_NAME: 'n', SERVICE_VERSION: '7', SERVICE_PATH_PREFIX: '/p/' },
          })
          t.teardown(() => running.stop())
          await running.ready({ signal: AbortSignal.timeout(60_000) })
          const { status, body } = await exchange(running.url, {
            method: 'GET',
            path: `/swagger.json?version=${version}`,
          })
          t.is(status, 200)
          // Descriptions are prose, and each server has its own.
          return JSON.parse(body, (key, value: unknown) => (key === 'description' ? undefined : value))
        }
        const [standIn, real] = await Promise.all([described('stand-in'), described('auto')])
        t.deepEqual(standIn, real)
        t.true(JSON.stringify(standIn).includes('/p/score'))
      },
    )
