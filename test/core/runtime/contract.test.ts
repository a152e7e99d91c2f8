import test, { type ExecutionContext } from 'ava'
import { processRuntime } from '../../../core/runtime/process.ts'
import type { ServerChoice } from '../../../core/runtime/serverProgram.ts'
import { python, testWith } from '../../requirements.ts'
import type { ContractScript } from './contract/contractCase.ts'
import { rawHttp, requestHeaders, typed } from './contract/decorated.ts'
import { outcomes } from './contract/outcomes.ts'
import { plain } from './contract/plain.ts'
import { cors, ownDescription } from './contract/settings.ts'
import { type Answer, exchange } from './exchange.ts'
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
  for (const { title, send, status, body, headers = {} } of script.cases) {
    const answer = await exchange(running.url, send)
    t.is(answer.status, status, title)
    if (typeof body === 'string') t.is(answer.body, body, title)
    else t.regex(answer.body, body, title)
    t.deepEqual(shown(answer, headers), headers, title)
  }
}

/** The headers a case asks about; generated ids and measured times as the words that stand for them. */
function shown(answer: Answer, asked: Readonly<Record<string, string | null>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(asked).map(([name, expected]) => {
      const value = answer.headers[name] ?? null
      if (expected === '<id>' && value !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value))
        return [name, '<id>']
      if (expected === '<ms>' && value !== null && /^\d+\.\d{3}$/.test(value)) return [name, '<ms>']
      return [name, value]
    }),
  )
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
