import type { Collection } from './collection.ts'
import {
  type ContainerRecord,
  containerRecord,
  type DatastoreRecord,
  type DeploymentRecord,
  datastoreRecord,
  deploymentRecord,
  type EndpointRecord,
  endpointRecord,
  type OperationRecord,
  operationRecord,
  type VersionRecord,
  versionRecord,
} from './records.ts'
import { StateFile } from './stateFile.ts'

export type AssetKind = 'models' | 'codes' | 'environments' | 'data'

/** The containers and the versions of one kind of asset. */
export interface AssetCollections {
  readonly containers: Collection<ContainerRecord>
  readonly versions: Collection<VersionRecord>
}

/** Everything the embedded workspace remembers, except secrets (`identity.json`) and blobs. */
export class WorkspaceState {
  readonly assets: Readonly<Record<AssetKind, AssetCollections>>
  readonly jobs: Collection<VersionRecord>
  readonly datastores: Collection<DatastoreRecord>
  readonly endpoints: Collection<EndpointRecord>
  readonly deployments: Collection<DeploymentRecord>
  readonly operations: Collection<OperationRecord>
  readonly #file: StateFile
  #sequence: number

  constructor(path: string) {
    const file = new StateFile(path)
    this.#file = file
    const assets = (kind: AssetKind): AssetCollections => ({
      containers: file.collection(kind, containerRecord),
      versions: file.collection(`${kind}/versions`, versionRecord),
    })
    this.assets = {
      models: assets('models'),
      codes: assets('codes'),
      environments: assets('environments'),
      data: assets('data'),
    }
    this.jobs = file.collection('jobs', versionRecord)
    this.datastores = file.collection('datastores', datastoreRecord)
    this.endpoints = file.collection('onlineEndpoints', endpointRecord)
    this.deployments = file.collection('onlineDeployments', deploymentRecord)
    this.operations = file.collection('operations', operationRecord)
    this.#sequence = this.#highestSequence()
  }

  /** For a resource that is made now. */
  created(): { readonly sequence: number; readonly createdAt: string; readonly lastModifiedAt: string } {
    this.#sequence += 1
    const now = new Date().toISOString()
    return { sequence: this.#sequence, createdAt: now, lastModifiedAt: now }
  }

  close(): void {
    this.#file.close()
  }

  #highestSequence(): number {
    let highest = 0
    const dated = [
      ...Object.values(this.assets).flatMap(({ containers, versions }) => [containers, versions]),
      this.jobs,
      this.datastores,
      this.endpoints,
      this.deployments,
    ]
    for (const collection of dated)
      for (const [, { sequence }] of collection.entries()) highest = Math.max(highest, sequence)
    return highest
  }
}
