import type { InferenceConfig } from '../config/inferenceConfig.ts'
import type { ScoringRequest } from '../config/requests.ts'
import type { TargetDeployment } from '../config/targetDeployment.ts'
import type { TargetName } from '../config/targetNames.ts'
import type { Host } from '../host.ts'
import type { Traffic } from '../rollout/journal.ts'
import type { Policy } from '../rollout/plan.ts'
import type { Scoring } from '../rollout/probes.ts'
import type { Phase } from '../rollout/timeline.ts'
import type { LocalFile } from '../workspace/localFiles.ts'
import type { ModelVersion } from '../workspace/modelVersion.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** What a service is made from, read and checked before anything is sent. */
export interface ServiceFiles {
  readonly inference: InferenceConfig
  /** How it is to be served; `target` says which kind of configuration it is. */
  readonly deployment: TargetDeployment
  /** What a file of the endpoint's own says of it, where there is one; it counts when the endpoint is made. */
  readonly endpoint?: {
    readonly description: string | undefined
    readonly tags: Readonly<Record<string, string>>
  }
  /** The files of the service's code. */
  readonly code: readonly LocalFile[]
  /** The entry script, relative to the code, with slashes. */
  readonly scoringScript: string
  /** Reads a file that the inference configuration names. */
  readonly read: (path: string) => Promise<string>
  /** The folder that paths of the inference configuration start from. */
  readonly folder: string
}

/** How a version is brought into service, whatever the target. */
export interface Delivery {
  readonly service: string
  readonly tags: Readonly<Record<string, string>>
  /** Sent to the new version before it takes over, and again while it is watched. */
  readonly requests: readonly ScoringRequest[]
  /** For targets that run jobs: what the new version is run over before it takes over. */
  readonly trialInput?: string | undefined
  readonly policy: Policy & { /** How long to wait for another run's rollout. */ readonly waitSeconds: number }
  /** Say what would be done, and change nothing. */
  readonly dryRun: boolean
}

export interface DeployOrder extends Delivery {
  readonly files: ServiceFiles
  /** At least one; `AZUREML_MODEL_DIR` depends on whether there are more. */
  readonly models: readonly [ModelVersion, ...ModelVersion[]]
  /** For targets that run images: the one to run, built already. */
  readonly image: string | undefined
  /** The attached cluster or compute cluster, for targets that live on one; instead of the one the files name. */
  readonly compute: string | undefined
  /** Of an IoT hub, for targets that need one, instead of who is signed in. */
  readonly hubConnectionString: string | undefined
}

export interface UpdateOrder extends Delivery {
  readonly model: ModelVersion
  /** For targets that run images: the one with this version, built already. */
  readonly image: string | undefined
}

/** What a deployment or an update came to. Throws instead when the new version was refused or nothing could be done. */
export interface Delivered {
  readonly outcome: 'unchanged' | 'promoted' | 'planned'
  /** What serves now; for `planned`, what would serve; empty when that cannot be told yet. */
  readonly deployment: string
  /** As it is read back at the end. */
  readonly state: string
  readonly before: Traffic
  readonly after: Traffic
  readonly scoringUri?: string | undefined
  readonly swaggerUri?: string | undefined
  /** What was done and how long it took, where the target keeps that. */
  readonly phases?: readonly Phase[] | undefined
}

/** One model that a service serves. */
export interface ServedModel {
  readonly name: string
  readonly version: string
}

export interface ServiceStatus {
  readonly service: string
  /** `Succeeded`, `Creating`, … for online endpoints; other targets have their own words. */
  readonly state: string
  /** What takes most of the requests first. */
  readonly models: readonly ServedModel[]
  readonly deployments: readonly string[]
  /** Percentages by deployment. */
  readonly traffic: Traffic
  readonly authentication: Authentication
  readonly scoringUri?: string | undefined
  readonly swaggerUri?: string | undefined
  /** It answers no single requests: what is sent to its scoring URI begins a job. */
  readonly takesJobs?: boolean | undefined
}

export type Authentication = 'key' | 'aml-token' | 'aad-token' | 'none'

export interface LogRequest {
  readonly service: string
  /** What serves most when missing. */
  readonly deployment?: string | undefined
  /** The last so many lines. */
  readonly lines: number
  /** `init` is what prepares the files of the model, where the target has such a thing. */
  readonly container: 'server' | 'init'
}

/** What opens a service. Masked before it is handed out. */
export type ServiceSecrets =
  | { readonly kind: 'keys'; readonly primary: string; readonly secondary: string }
  /** `expiresAt` in milliseconds since 1970. */
  | { readonly kind: 'token'; readonly token: string; readonly expiresAt: number }
  | { readonly kind: 'none' }

export interface TargetContext {
  readonly host: Host
  readonly workspace: Workspace
}

/**
 * A place where services can live. Every operation on services goes through this port, so that a target is one file
 * (or a few) and nothing else needs to know how it does what it does.
 */
export interface Target {
  readonly name: TargetName
  /** Throws an InputError for what this target cannot do with the files. Sends nothing. */
  check(files: ServiceFiles, service: string): Promise<void>
  /** Creates the service, or brings it to what the order says. Running it again changes nothing. */
  deploy(order: DeployOrder): Promise<Delivered>
  /** Brings another version in with everything else as it is. The service exists. */
  update(order: UpdateOrder): Promise<Delivered>
  /** The service as it is now, without waiting for anything; undefined when there is none. */
  status(service: string): Promise<ServiceStatus | undefined>
  /** The services of this target that this product can look after. */
  list(): AsyncIterable<string>
  scoring(service: string, deployment?: string): Promise<Scoring>
  /** The text is remote: it may hold anything. */
  logs(request: LogRequest): Promise<string>
  secrets(service: string): Promise<ServiceSecrets>
  /** Replaces one key: by `value`, or by one that is made up. */
  regenerateKey(service: string, which: 'Primary' | 'Secondary', value?: string): Promise<void>
  /** Deletes the service with all that belongs to it alone; false when there was none. */
  remove(service: string, options: { readonly timeoutSeconds: number }): Promise<boolean>
}
