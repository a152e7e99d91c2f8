import { type Bag, bagOf, type VersionRecord } from '../state/records.ts'

/** The event of a new model version. Names and types are those of Microsoft's samples, which differ from its schema. */
export function modelRegistered({ name, version, properties }: VersionRecord): {
  readonly type: 'ModelRegistered'
  readonly subject: string
  readonly data: Bag
} {
  return {
    type: 'ModelRegistered',
    subject: `models/${name}:${version}`,
    data: {
      ModelName: name,
      ModelVersion: /^\d{1,15}$/.test(version) ? Number(version) : version,
      ModelTags: bagOf(properties.tags),
      ModelProperties: bagOf(properties.properties),
    },
  }
}
