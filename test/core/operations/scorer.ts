import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import { z } from 'zod'
import type { Product } from './product.ts'

const answer = z.object({ model: z.object({ version: z.string() }) })
const patient = JSON.stringify({ data: [[34.0, 2.0, 24.7, 118.0, 254.0, 184.2, 39.0, 7.0, 5.037, 81.0]] })

/** Scores one patient at the example's service; answers the version that served. Throws when it is not served. */
export async function versionServed(product: Product, endpoint: string): Promise<string> {
  const { client } = product
  const { body } = await client.arm('POST', `onlineEndpoints/${endpoint}/listKeys`)
  const { primaryKey } = z.object({ primaryKey: z.string() }).parse(body)
  return scoreOnce(product, `${client.emulator.url}/endpoints/${endpoint}/score`, primaryKey)
}

async function scoreOnce({ client }: Product, url: string, key: string): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const { statusCode, body } = await request(url, {
    dispatcher: client.dispatcher,
    method: 'POST',
    headers,
    body: patient,
  })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`${statusCode}: ${text}`)
  return answer.parse(JSON.parse(text)).model.version
}

/** A client of the example's service that never stops: whatever a rollout does to it is seen here. */
export class Scorer {
  readonly failures: string[] = []
  /** Which versions answered. */
  readonly versions = new Set<string>()
  sent = 0
  readonly #over = new AbortController()
  readonly #work: Promise<void>

  private constructor(work: (scorer: Scorer, signal: AbortSignal) => Promise<void>) {
    this.#work = work(this, this.#over.signal)
  }

  static async start(product: Product, endpoint: string): Promise<Scorer> {
    const { client } = product
    const { body } = await client.arm('POST', `onlineEndpoints/${endpoint}/listKeys`)
    const { primaryKey } = z.object({ primaryKey: z.string() }).parse(body)
    const url = `${client.emulator.url}/endpoints/${endpoint}/score`
    return new Scorer(async (scorer, signal) => {
      while (!signal.aborted) {
        scorer.sent += 1
        await scoreOnce(product, url, primaryKey).then(
          (version) => scorer.versions.add(version),
          (error: unknown) => scorer.failures.push(error instanceof Error ? error.message : String(error)),
        )
        await pause(15)
      }
    })
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#work
  }
}
