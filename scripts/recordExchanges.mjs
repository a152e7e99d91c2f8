// Loaded before a test process (`node --import`): appends every exchange with an embedded workspace of this process to
// a file of its own in the folder AZUREML_CD_EXCHANGES, secrets taken out, for the validation after the tests.
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env.AZUREML_CD_EXCHANGES
if (folder) {
  const file = join(folder, `${process.pid}.jsonl`)
  subscribe('azureml-cd.emulator.exchange', (message) => {
    const exchange = /** @type {import('../emulator/http/exchanges.ts').Exchange} */ (message)
    const kept = {
      ...exchange,
      path: withoutSignature(exchange.path),
      requestBody: withoutSecrets(exchange.requestBody),
      responseBody: withoutSecrets(exchange.responseBody),
      headers: Object.fromEntries(
        Object.entries(exchange.headers).map(([name, value]) => [name, withoutSignature(value)]),
      ),
    }
    appendFileSync(file, `${JSON.stringify(kept)}\n`, { mode: 0o600 })
  })
}

const secretNames =
  /^(key|.*(primary|secondary|account|storage)Keys?|keyValue|sasToken|.*secrets?|.*tokens?|.*password|secureValue|connectionString|.*PemFile)$/i

/** @param {string} body */
function withoutSecrets(body) {
  try {
    return JSON.stringify(JSON.parse(body), (name, value) => {
      if (name === 'passwords') return []
      if (typeof value !== 'string') return value
      return secretNames.test(name) ? 'c2VjcmV0' : withoutSignature(value)
    })
  } catch {
    // Not JSON: only what tests send on purpose, and empty bodies.
    return withoutSignature(body)
  }
}

/** @param {string} text */
function withoutSignature(text) {
  return text.replace(/([?&](?:sig|code|token)=)[^&"]*/gi, '$1removed')
}
