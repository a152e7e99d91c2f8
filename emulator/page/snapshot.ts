/** Everything that the page shows, as it is sent to the browser. Times are ISO 8601; names and texts are anybody's. */
export interface Snapshot {
  readonly at: string
  readonly workspace: {
    readonly name: string
    readonly resourceGroup: string
    readonly subscriptionId: string
    readonly runtime: string
  }
  readonly services: readonly ServiceView[]
  readonly models: { readonly total: number; readonly shown: readonly ModelView[] }
  readonly rollouts: readonly RolloutView[]
  readonly events: readonly EventView[]
}

/** An online endpoint. */
export interface ServiceView {
  readonly name: string
  readonly state: string
  readonly authMode: string
  readonly scoringUri: string
  readonly traffic: readonly { readonly deployment: string; readonly percent: number }[]
  readonly mirror: readonly { readonly deployment: string; readonly percent: number }[]
  readonly deployments: readonly DeploymentView[]
}

export interface DeploymentView {
  readonly name: string
  readonly state: string
  readonly createdAt: string
  /** As in `diabetes 2`; null when it serves code alone. */
  readonly model: string | null
  readonly instances: number
  readonly computeType: string
  readonly percent: number
  /** Whether its server is up. */
  readonly isUp: boolean
  /** The last two minutes, second by second, the oldest first. */
  readonly requests: readonly number[]
  readonly failed: readonly number[]
  /** Milliseconds; null in seconds without requests. */
  readonly p95: readonly (number | null)[]
  /** Over the last five seconds. */
  readonly now: {
    readonly requestsPerSecond: number
    readonly failedPerSecond: number
    readonly p95Milliseconds: number | null
  }
}

export interface ModelView {
  readonly name: string
  readonly versions: number
  /** The newest, and those that are deployed; the newest first. */
  readonly shown: readonly VersionView[]
}

export interface VersionView {
  readonly version: string
  readonly description: string
  readonly type: string
  readonly registeredAt: string
  readonly isArchived: boolean
  /** SHA-256 of the content, in hexadecimal; empty when whoever registered it gave none. */
  readonly digest: string
  readonly uri: string
  readonly provenance: readonly Field[]
  readonly tags: readonly Field[]
  readonly properties: readonly Field[]
  /** As `service / deployment`. */
  readonly deployedAs: readonly string[]
}

export interface Field {
  readonly name: string
  readonly value: string
}

export interface RolloutView {
  readonly id: string
  readonly service: string
  readonly candidate: string
  readonly candidateModel: string | null
  /** Who had traffic before, as in `v1-8d83e392`; empty when nobody had. */
  readonly previous: readonly string[]
  readonly previousModels: readonly string[]
  readonly phase: 'rolling' | 'restoring' | 'promoted' | 'refused'
  readonly reason: string | null
  readonly begunAt: string
  readonly endedAt: string | null
}

export interface EventView {
  /** Counts up from 1 since the emulator started. */
  readonly number: number
  readonly at: string
  /** What it is about, in one word: model, service, deployment, rollout, emulator. */
  readonly kind: 'model' | 'service' | 'deployment' | 'rollout' | 'resource' | 'emulator'
  readonly subject: string
  readonly text: string
  readonly tone: 'plain' | 'busy' | 'good' | 'bad'
}

/** The answer to a question for logs. */
export interface LogView {
  readonly content: string
}
