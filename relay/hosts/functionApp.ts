// The relay as a function app: what Azure Functions loads at its start. `npm run package:relay` bundles it.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app } from '@azure/functions'
import { functionHandlers } from './azureFunctions.ts'
import { FunctionHost } from './functionHost.ts'
import { functionVariables } from './functionVariables.ts'
import { openedOnce } from './openFunctionRelay.ts'

const { env } = process
const host = new FunctionHost(env)
const rulesFile = join(dirname(fileURLToPath(import.meta.url)), 'triggers.yml')
const handlers = functionHandlers(openedOnce({ environment: env, host, rulesFile }), host)

// Whoever sends is checked by the relay itself, the same way on every host.
app.http('relay', {
  ...{ route: '{*path}', methods: ['GET', 'POST', 'OPTIONS'], authLevel: 'anonymous' },
  handler: handlers.http,
})
app.eventGrid('modelRegistered', { handler: handlers.eventGrid })
// An app has no time of its own between invocations; these are the clocks of what waits and of what no event told.
app.timer('look', { schedule: '30 * * * * *', handler: handlers.look })
app.timer('sweep', { schedule: env[functionVariables.sweepSchedule] ?? '0 */15 * * * *', handler: handlers.sweep })
