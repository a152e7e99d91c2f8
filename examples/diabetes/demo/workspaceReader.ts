import { Client } from 'undici'
import { z } from 'zod'
import type { Emulator } from '../../../emulator/index.ts'

const key = z.object({ primaryKey: z.string() })
const endpoint = z.object({ properties: z.object({ traffic: z.record(z.string(), z.number()) }) })
const deployments = z.object({ value: z.array(z.object({ name: z.string() })) })

/**
 * Reads a workspace without any of the product's code, so that what the demonstration tells of it is not the product's
 * own word: a token for the client's secret, then plain requests of Azure's resource manager.
 */
export class WorkspaceReader {
  readonly #emulator: Emulator

  constructor(emulator: Emulator) {
    this.#emulator = emulator
  }

  async scoringKey(service: string): Promise<string> {
    return key.parse(await this.#ask('POST', `${service}/listKeys`)).primaryKey
  }

  /** Who serves, as in `v1-430d5d94 100 %`. */
  async traffic(service: string): Promise<string> {
    const { traffic } = endpoint.parse(await this.#ask('GET', service)).properties
    const shares = Object.entries(traffic).filter(([, percentage]) => percentage > 0)
    return shares.map(([name, percentage]) => `${name} ${percentage} %`).join(', ') || 'none'
  }

  async deployments(service: string): Promise<readonly string[]> {
    const { value } = deployments.parse(await this.#ask('GET', `${service}/deployments`))
    return value.map(({ name }) => name)
  }

  async #ask(method: 'GET' | 'POST', path: string): Promise<unknown> {
    const { url, ca, tenantId, clientId, clientSecret, subscriptionId, resourceGroup, workspace } = this.#emulator
    const client = new Client(url, { connect: { ca } })
    try {
      const signIn = await client.request({
        method: 'POST',
        path: `/${tenantId}/oauth2/v2.0/token`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
          scope: `${url}/.default`,
        }).toString(),
      })
      const { access_token: token } = z.object({ access_token: z.string() }).parse(await signIn.body.json())
      const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
      const endpoints = `providers/Microsoft.MachineLearningServices/workspaces/${workspace}/onlineEndpoints`
      const { statusCode, body } = await client.request({
        method,
        path: `${group}/${endpoints}/${path}?api-version=2025-09-01`,
        headers: { authorization: `Bearer ${token}` },
      })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`The workspace answered ${statusCode} to ${method} ${path}: ${text}`)
      return JSON.parse(text)
    } finally {
      await client.close()
    }
  }
}
