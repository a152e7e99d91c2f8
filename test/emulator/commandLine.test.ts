import { readFileSync } from 'node:fs'
import test from 'ava'
import { z } from 'zod'
import { emulatorCommand } from '../../cli/emulatorCommand.ts'
import { Client } from './client.ts'
import { putEndpoint } from './deployable.ts'
import { until } from './until.ts'

const said = z.object({
  ...{ url: z.string(), caFile: z.string(), envFile: z.string(), tenantId: z.string(), clientId: z.string() },
  ...{ subscriptionId: z.string(), resourceGroup: z.string(), workspace: z.string() },
})

test('transitions and strictness are chosen on the command line', async (t) => {
  const output = { stdout: '', stderr: '' }
  const stop = new AbortController()
  const ended = emulatorCommand(
    ['--json', '--no-blobs', '--runtime', 'process', '--transitions', 'polls:3', '--strict'],
    {
      streams: {
        stdout: (text) => {
          output.stdout += text
        },
        stderr: (text) => {
          output.stderr += text
        },
      },
      signal: stop.signal,
    },
  )
  await until(() => output.stdout.endsWith('\n'))
  const spoken = said.parse(JSON.parse(output.stdout))
  const [, clientSecret = ''] = /AZURE_CLIENT_SECRET='(.*)'/.exec(readFileSync(spoken.envFile, 'utf8')) ?? []
  const client = new Client({ ...spoken, ca: readFileSync(spoken.caFile, 'utf8'), clientSecret })
  const begun = await putEndpoint(client, 'slow')
  const states: unknown[] = []
  for (let look = 0; look < 3; look += 1) {
    const { body } = await client.arm('GET', String(begun.headers['azure-asyncoperation']))
    states.push(z.object({ status: z.string() }).parse(body).status)
  }
  t.deepEqual(states, ['Updating', 'Updating', 'Succeeded'])
  const { headers } = await client.arm('PATCH', 'onlineEndpoints/slow', { tags: {}, traffic: {} })
  t.is(headers['x-azureml-cd-unknown-fields'], 'traffic')
  t.regex(output.stderr, /does not know traffic/)
  await client.close()
  stop.abort()
  t.is(await ended, 0)
})

test('transitions that are none are refused in a sentence', async (t) => {
  for (const given of ['sometimes', 'polls', 'polls:1.5', 'seconds:', 'immediate:3']) {
    let stderr = ''
    const code = await emulatorCommand(['--transitions', given], {
      streams: {
        stdout: () => undefined,
        stderr: (text) => {
          stderr += text
        },
      },
      signal: AbortSignal.abort(),
    })
    t.is(code, 2, given)
    t.regex(stderr, new RegExp(`--transitions must be immediate, polls:N or seconds:N \\(given: "${given}"\\)`))
  }
})
