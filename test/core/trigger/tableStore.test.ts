import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import test from 'ava'
import { TableStore } from '../../../core/trigger/tableStore.ts'
import { storeContract } from './storeContract.ts'

// Every Azurite has this account with this key; it is in its documentation.
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
const program = createRequire(import.meta.url).resolve('azurite/dist/src/table/main.js')

let azurite: ChildProcess | undefined
let address = ''

test.before(async () => {
  // Azurite's tables do not tell which port they were given.
  const port = await freePort()
  const flags = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence']
  azurite = spawn(process.execPath, [program, '--tablePort', String(port), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = azurite.stdout
  if (!output) throw new Error('Azurite has no output.')
  for await (const line of createInterface({ input: output })) if (line.includes('successfully started')) break
  address = `http://127.0.0.1:${port}`
})

// Asked politely it waits for connections that nobody closes.
test.after.always(() => void azurite?.kill('SIGKILL'))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const taken = server.address()
  server.close()
  if (typeof taken !== 'object' || taken === null) throw new Error('No port is free.')
  return taken.port
}

storeContract(test, 'an Azure table', async (place) => {
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${key};TableEndpoint=${address}/devstoreaccount1;`
  const table = `ledger${place}`
  return TableStore.open({ url: '', table, access: { kind: 'connection-string', connectionString } })
})
