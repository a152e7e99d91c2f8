import { z } from 'zod'
import type { Connection } from './connection.ts'
import { labels, segment } from './resource.ts'

/** Uploaded source code of a deployment. */
export interface Code {
  readonly name: string
  readonly version: string
  readonly id: string
  readonly uri: string
  readonly properties: Readonly<Record<string, string>>
}

/** A place the service lends for an upload, opened by its signature. */
export interface PendingUpload {
  readonly id: string
  /** The address of the container, as it is written into `codeUri`. */
  readonly blobUri: string
  /** The same address with the signature; secret. */
  readonly sasUri: string
}

const code = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({ codeUri: z.string().default(''), properties: labels }),
})

const pendingUpload = z.looseObject({
  pendingUploadId: z.string().default(''),
  blobReferenceForConsumption: z.looseObject({
    blobUri: z.string(),
    credential: z.looseObject({ sasUri: z.string() }),
  }),
})

export class Codes {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string, version: string): Promise<Code | undefined> {
    const found = await this.#connection.find(code, this.#at(name, version, 'reading'))
    return found && toCode(name, found)
  }

  /** The version of that code whose content has this hash, if any. */
  async byHash(options: {
    readonly name: string
    readonly hash: string
    readonly hashVersion: string
  }): Promise<Code | undefined> {
    const { name, hash, hashVersion } = options
    const request = {
      path: `/codes/${segment(name)}/versions`,
      query: { hash, hashVersion },
      doing: `looking for the code "${name}" by its hash`,
    }
    for await (const item of this.#connection.list(code, request)) return toCode(name, item)
    return undefined
  }

  async put(options: {
    readonly name: string
    readonly version: string
    readonly uri: string
    readonly properties?: Readonly<Record<string, string>> | undefined
  }): Promise<Code> {
    const { name, version, uri, properties = {} } = options
    const body = { properties: { codeUri: uri, properties, isAnonymous: true } }
    return toCode(name, await this.#connection.put(code, { ...this.#at(name, version, 'writing'), body }))
  }

  async startPendingUpload(name: string, version: string): Promise<PendingUpload> {
    const { path, doing } = this.#at(name, version, 'asking where to upload')
    const body = { pendingUploadType: 'TemporaryBlobReference' }
    const request = { path: `${path}/startPendingUpload`, doing, body, safe: true }
    const answer = await this.#connection.post(pendingUpload, request)
    const { blobUri, credential } = answer.blobReferenceForConsumption
    this.#connection.host.secret(credential.sasUri)
    const signature = new URL(credential.sasUri).searchParams.get('sig')
    if (signature) this.#connection.host.secret(signature)
    return { id: answer.pendingUploadId, blobUri, sasUri: credential.sasUri }
  }

  #at(name: string, version: string, verb: string) {
    return {
      path: `/codes/${segment(name)}/versions/${segment(version)}`,
      doing: `${verb} version "${version}" of the code "${name}"`,
    }
  }
}

function toCode(name: string, resource: z.output<typeof code>): Code {
  const { codeUri, properties } = resource.properties
  return { name, version: resource.name, id: resource.id, uri: codeUri, properties }
}
