import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import test from 'ava'
import { TableStore } from '../../../core/trigger/tableStore.ts'
import { storeContract } from './storeContract.ts'

// Every Azurite has this account with this key; it is in its documentation.
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
const program = createRequire(import.meta.url).resolve('azurite/dist/src/table/main.js')
const azurite = spawn(
  process.execPath,
  [program, '--tablePort', '0', '--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
// Asked politely it waits for connections that nobody closes.
test.after.always(() => void azurite.kill('SIGKILL'))

const address = new Promise<string>((resolve, reject) => {
  createInterface({ input: azurite.stdout }).on('line', (line) => {
    const found = /successfully listens on (\S+)/.exec(line)?.[1]
    if (found) resolve(found)
  })
  azurite.once('exit', (code) => reject(new Error(`Azurite ended with ${code}.`)))
})

storeContract(test, 'an Azure table', async (place) => {
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${key};TableEndpoint=${await address}/devstoreaccount1;`
  const table = `ledger${place}`
  return TableStore.open({ url: '', table, access: { kind: 'connection-string', connectionString } })
})
