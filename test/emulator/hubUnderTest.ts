import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Answer, Client } from './client.ts'

/** An IoT hub of an embedded workspace, asked as devices' owners do: by the key of its policy. */
export class HubUnderTest {
  readonly name: string
  readonly host: string
  readonly #client: Client
  readonly #path: string

  private constructor(client: Client, url: string, name: string) {
    this.name = name
    this.host = new URL(url).host
    this.#client = client
    this.#path = client.workspace.replace(/Microsoft\.MachineLearningServices.*/, `Microsoft.Devices/IotHubs/${name}`)
  }

  static async create(client: Client, url: string, name: string): Promise<HubUnderTest> {
    const hub = new HubUnderTest(client, url, name)
    const made = { location: 'local', sku: { name: 'S1', capacity: 1 }, properties: {} }
    await client.finished(await client.arm('PUT', hub.#path, made))
    return hub
  }

  async delete(): Promise<void> {
    await this.#client.finished(await this.#client.arm('DELETE', this.#path))
  }

  async key(): Promise<string> {
    const { body } = await this.#client.arm('POST', `${this.#path}/listkeys`)
    const { value } = z.object({ value: z.array(z.object({ primaryKey: z.string() })) }).parse(body)
    return value[0]?.primaryKey ?? ''
  }

  async connectionString(): Promise<string> {
    return `HostName=${this.host};SharedAccessKeyName=iothubowner;SharedAccessKey=${await this.key()}`
  }

  /** `SharedAccessSignature …`, as IoT libraries make them. */
  async signature(keyOf: (key: string) => string = (key) => key): Promise<string> {
    const resource = encodeURIComponent(this.host)
    const expiry = Math.floor(Date.now() / 1000) + 600
    const signed = createHmac('sha256', Buffer.from(keyOf(await this.key()), 'base64'))
      .update(`${resource}\n${expiry}`)
      .digest('base64')
    return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signed)}&se=${expiry}&skn=iothubowner`
  }

  async send(
    method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const authorization = await this.signature()
    return this.#client.send(method, `${path}?api-version=2021-04-12`, {
      headers: { authorization, 'content-type': 'application/json', ...more },
      ...(body === undefined ? {} : { text: JSON.stringify(body) }),
    })
  }

  /** Registers an IoT Edge device, or lets one that is there have other tags too. */
  async device(id: string, tags: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if ((await this.send('GET', `/devices/${id}`)).status === 404)
      await this.send('PUT', `/devices/${id}`, { deviceId: id, capabilities: { iotEdge: true } })
    await this.send('PATCH', `/twins/${id}`, { tags })
  }

  /** Images of the modules that a device was told to run. */
  async images(device: string): Promise<Readonly<Record<string, string>>> {
    const { body } = await this.send('GET', `/twins/${device}/modules/$edgeAgent`)
    const { modules } = twin.parse(body).properties.desired
    return Object.fromEntries(Object.entries(modules).map(([name, { settings }]) => [name, settings.image] as const))
  }
}

const twin = z.object({
  properties: z.object({
    desired: z.object({
      modules: z.record(z.string(), z.object({ settings: z.object({ image: z.string() }) })).default({}),
    }),
  }),
})
