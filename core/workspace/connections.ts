import { z } from 'zod'
import type { Connection } from './connection.ts'
import { segment, stringMap } from './resource.ts'

const secrets = z.looseObject({
  properties: z.looseObject({ credentials: z.looseObject({ keys: stringMap.default({}) }).optional() }),
})
const anyResource = z.looseObject({})
const targeted = z.looseObject({ properties: z.looseObject({ target: z.string().default('') }) })

/**
 * Connections of the workspace that keep texts as secrets, in the key vault behind it: whoever may read the workspace
 * sees that one is there, and whoever may ask for its secrets gets them.
 */
export class Connections {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** The texts, masked already; undefined when there is no such connection. */
  async secrets(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const { path, doing } = this.#at(name, 'reading')
    if (!(await this.#connection.find(anyResource, { path, doing }))) return undefined
    const answer = await this.#connection.post(secrets, { path: `${path}/listsecrets`, doing, safe: true })
    const keys = answer.properties.credentials?.keys ?? {}
    for (const value of Object.values(keys)) if (value !== '') this.#connection.host.secret(value)
    return keys
  }

  /** What a connection leads to, which is no secret; undefined when there is no such connection. */
  async target(name: string): Promise<string | undefined> {
    return (await this.#connection.find(targeted, this.#at(name, 'reading')))?.properties.target
  }

  /** What the workspace's connections lead to. */
  async *targets(): AsyncGenerator<string, void> {
    const doing = 'reading the connections of the workspace'
    for await (const { properties } of this.#connection.list(targeted, { path: '/connections', doing }))
      yield properties.target
  }

  /** Keeps these texts, and no others, under that name. */
  async put(
    name: string,
    { target, keys }: { readonly target: string; readonly keys: Readonly<Record<string, string>> },
  ) {
    for (const value of Object.values(keys)) if (value !== '') this.#connection.host.secret(value)
    const body = { properties: { category: 'CustomKeys', authType: 'CustomKeys', target, credentials: { keys } } }
    await this.#connection.put(anyResource, { ...this.#at(name, 'writing'), body })
  }

  delete(name: string): Promise<boolean> {
    return this.#connection.delete(this.#at(name, 'deleting'))
  }

  #at(name: string, verb: string) {
    return { path: `/connections/${segment(name)}`, doing: `${verb} the connection "${name}"` }
  }
}
