import { z } from 'zod'
import type { Connection } from './connection.ts'
import { segment } from './resource.ts'

/** A version of registered data. */
export interface DataAsset {
  readonly name: string
  readonly version: string
  readonly id: string
  /** `uri_file`, `uri_folder` or `mltable`. */
  readonly type: string
  readonly uri: string
}

const dataVersion = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({ dataType: z.string().default('uri_folder'), dataUri: z.string().default('') }),
})

/** Files and folders that are registered under a name. */
export class DataAssets {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async get(name: string, version: string): Promise<DataAsset | undefined> {
    const found = await this.#connection.find(dataVersion, {
      path: `/data/${segment(name)}/versions/${segment(version)}`,
      doing: `reading version "${version}" of the data "${name}"`,
    })
    return found && toDataAsset(name, found)
  }

  /** The newest version that is not archived. */
  async latest(name: string): Promise<DataAsset | undefined> {
    const request = {
      path: `/data/${segment(name)}/versions`,
      query: { $orderBy: 'createdtime desc', $top: 1, listViewType: 'ActiveOnly' },
      doing: `looking for the newest version of the data "${name}"`,
    }
    const found = await this.#connection.first(dataVersion, request)
    return found && toDataAsset(name, found)
  }
}

function toDataAsset(name: string, { id, name: version, properties }: z.output<typeof dataVersion>): DataAsset {
  const { dataType: type, dataUri: uri } = properties
  return { name, version, id, type, uri }
}
