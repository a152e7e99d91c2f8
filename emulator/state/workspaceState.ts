import type { Collection } from './collection.ts'
import {
  type BatchRunRecord,
  batchRunRecord,
  type ContainerRecord,
  containerRecord,
  type DatastoreRecord,
  type DeliveryRecord,
  type DeploymentRecord,
  datastoreRecord,
  deliveryRecord,
  deploymentRecord,
  type EndpointRecord,
  endpointRecord,
  type OperationRecord,
  operationRecord,
  type TrackedRecord,
  trackedRecord,
  type VersionRecord,
  versionRecord,
} from './records.ts'
import { StateFile } from './stateFile.ts'

export type AssetKind = 'models' | 'codes' | 'environments' | 'data'

/** Resources that are told apart by their type only. */
export const trackedTypes = [
  'computes',
  'batchEndpoints',
  'batchDeployments',
  'registries',
  'eventSubscriptions',
  'containerGroups',
  'containerRegistries',
  'containerRegistryRuns',
  'managedClusters',
  'extensions',
  'iotHubs',
  'connections',
] as const
export type TrackedType = (typeof trackedTypes)[number]

/** The containers and the versions of one kind of asset. */
export interface AssetCollections {
  readonly containers: Collection<ContainerRecord>
  readonly versions: Collection<VersionRecord>
}

/** Everything the embedded workspace remembers, except secrets (`identity.json`) and blobs. */
export class WorkspaceState {
  readonly assets: Readonly<Record<AssetKind, AssetCollections>>
  /** Assets of registries; their names begin with the registry's: `registry/name`. */
  readonly registryAssets: Readonly<Record<AssetKind, AssetCollections>>
  readonly tracked: Readonly<Record<TrackedType, Collection<TrackedRecord>>>
  readonly jobs: Collection<VersionRecord>
  readonly eventDeliveries: Collection<DeliveryRecord>
  readonly iotConfigurations: Collection<VersionRecord>
  readonly iotDevices: Collection<VersionRecord>
  readonly batchRuns: Collection<BatchRunRecord>
  readonly datastores: Collection<DatastoreRecord>
  readonly endpoints: Collection<EndpointRecord>
  readonly deployments: Collection<DeploymentRecord>
  readonly operations: Collection<OperationRecord>
  readonly #file: StateFile
  #sequence: number

  constructor(path: string) {
    const file = new StateFile(path)
    this.#file = file
    const assets = (kind: string): AssetCollections => ({
      containers: file.collection(kind, containerRecord),
      versions: file.collection(`${kind}/versions`, versionRecord),
    })
    this.assets = {
      models: assets('models'),
      codes: assets('codes'),
      environments: assets('environments'),
      data: assets('data'),
    }
    this.registryAssets = {
      models: assets('registries/models'),
      codes: assets('registries/codes'),
      environments: assets('registries/environments'),
      data: assets('registries/data'),
    }
    const tracked = (type: TrackedType): Collection<TrackedRecord> => file.collection(type, trackedRecord)
    this.tracked = {
      computes: tracked('computes'),
      batchEndpoints: tracked('batchEndpoints'),
      batchDeployments: tracked('batchDeployments'),
      registries: tracked('registries'),
      eventSubscriptions: tracked('eventSubscriptions'),
      containerGroups: tracked('containerGroups'),
      containerRegistries: tracked('containerRegistries'),
      containerRegistryRuns: tracked('containerRegistryRuns'),
      managedClusters: tracked('managedClusters'),
      extensions: tracked('extensions'),
      iotHubs: tracked('iotHubs'),
      connections: tracked('connections'),
    }
    this.jobs = file.collection('jobs', versionRecord)
    this.eventDeliveries = file.collection('eventDeliveries', deliveryRecord)
    this.iotConfigurations = file.collection('iotConfigurations', versionRecord)
    this.iotDevices = file.collection('iotDevices', versionRecord)
    this.batchRuns = file.collection('batchRuns', batchRunRecord)
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

  /** Forgets everything; what is made afterwards still counts up. */
  clear(): void {
    for (const collection of this.#file.collections()) {
      for (const [key] of [...collection.entries()]) collection.delete(key)
    }
  }

  close(): void {
    this.#file.close()
  }

  #highestSequence(): number {
    let highest = 0
    const dated = [
      ...[this.assets, this.registryAssets].flatMap((kinds) =>
        Object.values(kinds).flatMap(({ containers, versions }) => [containers, versions]),
      ),
      ...Object.values(this.tracked),
      this.jobs,
      this.iotConfigurations,
      this.iotDevices,
      this.datastores,
      this.endpoints,
      this.deployments,
    ]
    for (const collection of dated)
      for (const [, { sequence }] of collection.entries()) highest = Math.max(highest, sequence)
    return highest
  }
}
