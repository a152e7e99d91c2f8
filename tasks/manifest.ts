import type { OperationName, OperationsByName } from '../core/operations/index.ts'
import { clusterPlaces } from './clusterPlaces.ts'
import { invokePlaces } from './invokePlaces.ts'
import { metricPlaces } from './metricPlaces.ts'
import { packagePlaces } from './packagePlaces.ts'
import type { PickList } from './pickLists.ts'
import { profilePlaces } from './profilePlaces.ts'
import { rolloutPlaces as rollout, trialInput } from './rolloutPlaces.ts'

/** The name of everything the pack can do. */
export type TaskName = OperationName

/** Told by the service connection, and no input of a task. */
export type FromConnection = 'cloud'

type InputName<N extends TaskName> = Exclude<keyof OperationsByName[N]['inputs'] & string, FromConnection>

/** Where an input stands in the editor of a task, and what helps to fill it in. */
export interface InputPlace {
  readonly group?: keyof typeof groups
  readonly label: string
  /** What can be chosen from; anything else can be typed as well. */
  readonly picks?: PickList
  /** Shown only then; either `&&` or `||` between conditions, never both, and no parentheses. */
  readonly visibleRule?: string
}

interface TaskEntry<N extends TaskName> {
  /** Recorded once. Azure DevOps knows a task by it: it never changes, and is never used again. */
  readonly id: { readonly production: string; readonly development: string }
  /** At most 40 characters. */
  readonly friendlyName: string
  /** What a step is called in the editor; `$(input)` stands for an input. */
  readonly instanceNameFormat: string
  readonly inputs: { readonly [K in InputName<N>]: InputPlace }
}

/** In the order of the editor. Inputs without a group stand above them. */
export const groups = {
  workspace: { displayName: 'Workspace', isExpanded: true },
  details: { displayName: 'Details', isExpanded: false },
  rollout: { displayName: 'Rollout', isExpanded: true },
  advanced: { displayName: 'Advanced', isExpanded: false },
} as const

const workspace = {
  subscriptionId: { group: 'workspace', label: 'Subscription', picks: 'subscriptions' },
  resourceGroup: { group: 'workspace', label: 'Resource group', picks: 'resourceGroups' },
  workspace: { group: 'workspace', label: 'Workspace', picks: 'workspaces' },
  apiVersion: { group: 'advanced', label: 'API version' },
} as const satisfies Readonly<Record<string, InputPlace>>

const target = { group: 'details', label: 'Target' } as const satisfies InputPlace
const dryRun = { group: 'advanced', label: 'Dry run' } as const satisfies InputPlace

/** Only where watching is followed by something. */
const whenUpdating = <T extends Readonly<Record<string, InputPlace>>>(places: T) =>
  Object.fromEntries(
    Object.entries(places).map(([key, place]) => [key, { ...place, visibleRule: 'followUp = update' }]),
  ) as { readonly [K in keyof T]: InputPlace }

/** What only Azure Pipelines asks of an operation. An operation or an input that is missing here does not compile. */
export const taskManifest: { readonly [N in TaskName]: TaskEntry<N> } = {
  register: {
    id: {
      production: 'c8216bf4-f461-4e4b-9e3c-5b406b0415ce',
      development: 'd65e1079-06f7-4e51-a488-f3b39379e834',
    },
    friendlyName: 'Azure ML: register a model',
    instanceNameFormat: 'Register the model $(name)',
    inputs: {
      ...workspace,
      name: { label: 'Model', picks: 'models' },
      path: { label: 'What to register' },
      modelFile: { group: 'details', label: 'Model file' },
      version: { group: 'details', label: 'Version' },
      type: { group: 'details', label: 'Kind of model' },
      whenUnchanged: { group: 'details', label: 'When the content is registered already' },
      description: { group: 'details', label: 'Description' },
      tags: { group: 'details', label: 'Tags' },
      properties: { group: 'details', label: 'Properties' },
      metrics: { group: 'details', label: 'Metrics' },
      ...metricPlaces,
      service: { group: 'details', label: 'Service to be better than', picks: 'services' },
      framework: { group: 'details', label: 'Framework' },
      frameworkVersion: { group: 'details', label: 'Version of the framework', visibleRule: 'framework != ""' },
      datastore: { group: 'advanced', label: 'Datastore', picks: 'datastores' },
      dryRun,
    },
  },
  package: {
    id: {
      production: 'cf6e9a2e-4b5d-4af3-990d-df2d8793ec17',
      development: '10da32b1-ae4b-4b80-ba70-c911a184419e',
    },
    friendlyName: 'Azure ML: package a scoring image',
    instanceNameFormat: 'Package $(image)$(folder)',
    inputs: { ...workspace, ...packagePlaces, dryRun },
  },
  profile: {
    id: {
      production: 'c3530368-43f1-4999-82a3-959dcfd8e7a8',
      development: '00b6ffe8-0006-414b-8415-a4ca7c45a453',
    },
    friendlyName: 'Azure ML: profile a service',
    instanceNameFormat: 'Profile $(image)',
    inputs: { ...workspace, ...profilePlaces },
  },
  deploy: {
    id: {
      production: '6e0fdc34-adc6-4af0-80a2-1476b0c7166f',
      development: 'afe9c524-ac0e-4279-9569-b859870b72d9',
    },
    friendlyName: 'Azure ML: deploy a service',
    instanceNameFormat: 'Deploy $(model) to $(service)',
    inputs: {
      ...workspace,
      service: { label: 'Service', picks: 'services' },
      model: { label: 'Model', picks: 'models' },
      inferenceConfig: { label: 'Inference configuration' },
      deploymentConfig: { label: 'Deployment configuration' },
      endpointConfig: { group: 'details', label: 'Endpoint of v2' },
      target,
      image: { group: 'details', label: 'Image that is built already' },
      compute: { group: 'details', label: 'Cluster', visibleRule: 'target = auto || target = aks || target = batch' },
      hubConnectionString: {
        group: 'details',
        label: 'Connection string of the IoT hub',
        visibleRule: 'target = auto || target = iot-edge',
      },
      tags: { group: 'details', label: 'Tags' },
      ...rollout,
      trialInput,
      dryRun,
    },
  },
  test: {
    id: {
      production: 'ffb94cf2-e3fa-4350-bd84-dc6dce6a1231',
      development: '740984a1-5bc1-4d29-ac1c-ce2a8d4f2575',
    },
    friendlyName: 'Azure ML: test a service',
    instanceNameFormat: 'Test $(service)',
    inputs: {
      ...workspace,
      service: { label: 'Service', picks: 'services' },
      requests: { label: 'Test requests' },
      deployment: { group: 'details', label: 'Deployment', picks: 'deployments' },
      target,
      requestTimeoutSeconds: { group: 'details', label: 'Timeout of a request in seconds' },
      dryRun,
    },
  },
  watch: {
    id: {
      production: '4359da54-4ebd-41b9-a82d-889840b254ce',
      development: '0e449d9d-a393-4204-9b95-9ce6d756e3cc',
    },
    friendlyName: 'Azure ML: watch for new models',
    instanceNameFormat: 'Watch for new model versions',
    inputs: {
      ...workspace,
      models: { label: 'Models' },
      tags: { label: 'Tags' },
      services: { label: 'Services', picks: 'services' },
      followUp: { label: 'What to do about a new version' },
      ...whenUpdating(rollout),
      dryRun: { ...dryRun, visibleRule: 'followUp = update' },
    },
  },
  update: {
    id: {
      production: 'e0fd4ee8-33bd-4e5c-9f14-fd051351571e',
      development: 'e1382895-9ec4-45e6-be78-7d6cacbcb576',
    },
    friendlyName: 'Azure ML: update a service',
    instanceNameFormat: 'Update $(service) to $(model)',
    inputs: {
      ...workspace,
      service: { label: 'Service', picks: 'services' },
      model: { label: 'Model', picks: 'models' },
      tags: { label: 'Tags of the model version' },
      ...metricPlaces,
      target,
      image: { group: 'details', label: 'Image that is built already' },
      inferenceConfig: { group: 'details', label: 'Inference configuration' },
      ...rollout,
      trialInput,
      dryRun,
    },
  },
  download: {
    id: {
      production: 'f57a6bc2-ffc0-48f7-a6bd-58806457442a',
      development: '4645d115-20ee-4291-b3b8-ec7b827ceaa7',
    },
    friendlyName: 'Azure ML: download a model',
    instanceNameFormat: 'Download the model $(model)',
    inputs: {
      ...workspace,
      model: { label: 'Model', picks: 'models' },
      folder: { label: 'Folder' },
      dryRun,
    },
  },
  invoke: {
    id: {
      production: '4fcf35bf-2999-48c7-beef-1d451613b5b5',
      development: '70cf3ad4-cf73-4578-a7e4-363a19bf417e',
    },
    friendlyName: 'Azure ML: run a batch service',
    instanceNameFormat: 'Run $(service)$(job)',
    inputs: { ...workspace, ...invokePlaces, dryRun },
  },
  show: {
    id: {
      production: 'b6382c97-bea2-4e14-bc8f-1738c5bb8a67',
      development: '9e14c86f-4d98-4074-b06b-34a7fac863dd',
    },
    friendlyName: 'Azure ML: show a service',
    instanceNameFormat: 'Show $(service)',
    inputs: {
      ...workspace,
      service: { label: 'Service', picks: 'services' },
      target,
      swaggerFile: { label: 'File for the swagger document' },
    },
  },
  logs: {
    id: {
      production: '010c5ca4-ccc9-4cb4-a619-b2873d5a205f',
      development: '22eaca1a-5eec-4fee-b1b6-947894b23ac0',
    },
    friendlyName: 'Azure ML: read a service log',
    instanceNameFormat: 'Log of $(service)',
    inputs: {
      ...workspace,
      service: { label: 'Service', picks: 'services' },
      target,
      deployment: { group: 'details', label: 'Deployment', picks: 'deployments' },
      lines: { label: 'How many lines' },
      container: { group: 'details', label: 'Of what' },
      follow: { label: 'Go on printing' },
      followSeconds: { label: 'For how long, in seconds', visibleRule: 'follow = true' },
      file: { group: 'details', label: 'File to write it to' },
    },
  },
  keys: {
    id: {
      production: 'd5af6f6c-839e-427e-b4c6-f84a6be8ee28',
      development: '0f66149f-7941-428f-8392-f6aae56d03e5',
    },
    friendlyName: 'Azure ML: keys of a service',
    instanceNameFormat: 'Keys of $(service)',
    inputs: {
      ...workspace,
      service: { label: 'Service', picks: 'services' },
      target,
      regenerate: { label: 'Key to replace' },
      keyValue: { label: 'New key', visibleRule: 'regenerate = primary || regenerate = secondary' },
      file: { group: 'details', label: 'File to write them to' },
      dryRun,
    },
  },
  compute: {
    id: {
      production: '5527bb20-c1c6-4953-964f-1af523fe5581',
      development: '786ca4e1-0e37-43cd-b5f2-597ef1747657',
    },
    friendlyName: 'Azure ML: manage a cluster',
    instanceNameFormat: 'Cluster $(name): $(action)',
    inputs: { ...workspace, ...clusterPlaces, dryRun },
  },
  remove: {
    id: {
      production: 'd8331abb-7124-4556-90b9-1c5cec8618f3',
      development: '39dcf57c-8599-48bd-bfcf-b36fb16e556e',
    },
    friendlyName: 'Azure ML: remove service or model',
    instanceNameFormat: 'Remove $(service)$(model)',
    inputs: {
      ...workspace,
      service: { label: 'Service', picks: 'services', visibleRule: 'model = ""' },
      model: { label: 'Model version', picks: 'newestVersions', visibleRule: 'service = ""' },
      target: { ...target, visibleRule: 'model = ""' },
      force: { label: 'Even though it serves' },
      timeoutSeconds: { group: 'advanced', label: 'Timeout in seconds' },
      dryRun,
    },
  },
}

/** The task that a release downloads its model artifacts with; not an operation of its own (tasks/artifact.ts). */
export const artifactTask = {
  id: {
    production: 'f335d647-2201-4c5d-af97-91d518bf0fbb',
    development: 'e4d6f74c-e034-440d-9378-11673ad576f9',
  },
  friendlyName: 'Azure ML: get a model artifact',
} as const
