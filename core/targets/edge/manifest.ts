import { createHash } from 'node:crypto'
import type { EdgeModule, EdgeRegistry, IotDeploymentConfig } from '../../config/iotDeployment.ts'
import { InputError } from '../../errors.ts'
import type { ServedModel } from '../target.ts'

/** How a module says whose it is; a device knows no labels. */
export const serviceVariable = 'AZUREML_CD_SERVICE'
export const modelsVariable = 'AZUREML_CD_MODELS'

/** What a twin's desired properties may hold, in bytes of JSON (IoT Hub's limit for each section). */
const mostBytes = 32 * 1024
/** The runtime puts longer texts together from `createOptions`, `createOptions01`, … (reference v1-surface.md 6.2). */
const chunk = 512
const mostChunks = 100

/** The port that the scoring server listens on, reachable on the device as it was with v1's modules. */
const scoringOptions = {
  ExposedPorts: { '5001/tcp': {} },
  HostConfig: { PortBindings: { '5001/tcp': [{ HostPort: '5001' }] } },
}
/** What the hub on a device is reached by: MQTT, AMQP and HTTPS. */
const hubOptions = {
  HostConfig: {
    PortBindings: Object.fromEntries(['443', '5671', '8883'].map((port) => [`${port}/tcp`, [{ HostPort: port }]])),
  },
}

export type EdgeManifest = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/**
 * What devices are told to run: the scoring image as a module, beside the modules that the configuration names. Pure.
 *
 * @throws InputError for what no twin can hold
 */
export function edgeManifest(options: {
  readonly service: string
  readonly config: IotDeploymentConfig
  readonly image: string
  readonly models: readonly ServedModel[]
  readonly variables: Readonly<Record<string, string>>
  readonly registries: readonly EdgeRegistry[]
}): EdgeManifest {
  const { service, config, image, models, variables, registries } = options
  const { scoring, externalModules, edgeRuntime, edgeHubSchema } = config
  const own = { [serviceVariable]: service }
  const scoringModule = {
    ...moduleOf({ ...scoring, createOptions: optionsOr(scoring.createOptions, scoringOptions) }, image, {
      ...{ ...variables, ...scoring.environmentVariables, ...own },
      [modelsVariable]: modelsText(models),
    }),
    version: (models[0]?.version ?? '0').slice(0, 64),
  }
  const manifest = {
    $edgeAgent: desired({
      schemaVersion: edgeHubSchema === '1.0' ? '1.0' : '1.1',
      runtime: {
        type: 'docker',
        settings: { minDockerVersion: 'v1.25', loggingOptions: '', registryCredentials: credentials(registries) },
      },
      systemModules: {
        edgeAgent: { type: 'docker', settings: { image: `mcr.microsoft.com/azureiotedge-agent:${edgeRuntime}` } },
        edgeHub: {
          ...{ type: 'docker', status: 'running', restartPolicy: 'always' },
          settings: { image: `mcr.microsoft.com/azureiotedge-hub:${edgeRuntime}`, ...chunks(hubOptions, 'edgeHub') },
        },
      },
      modules: {
        [scoring.name]: scoringModule,
        ...Object.fromEntries(
          externalModules.map((module) => [
            module.name,
            moduleOf(module, module.image, { ...module.environmentVariables, ...own }),
          ]),
        ),
      },
    }),
    $edgeHub: desired({
      schemaVersion: edgeHubSchema,
      routes: { ...config.routes },
      // Its absence is allowed by the schema and breaks the runtime (reference v1-surface.md 6.1).
      storeAndForwardConfiguration: { timeToLiveSecs: config.storeSeconds },
    }),
    ...Object.fromEntries(
      [scoring, ...externalModules].flatMap(({ name, desired: twin }) =>
        twin === undefined ? [] : [[name, desired(twin)] as const],
      ),
    ),
  }
  checkNames(config, variables)
  for (const [module, content] of Object.entries(manifest)) checkSize(module, content)
  return manifest
}

export function modelsText(models: readonly ServedModel[]): string {
  return models.map(({ name, version }) => `${name}:${version}`).join(' ')
}

export function modelsIn(text: string): readonly ServedModel[] {
  return text.split(' ').flatMap((one) => {
    const [name = '', version] = one.split(':')
    return version === undefined ? [] : [{ name, version }]
  })
}

/** Equal content has an equal digest, whatever the order of its keys. */
export function manifestDigest(...content: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(content.map(canonical)))
    .digest('hex')
    .slice(0, 8)
}

/** The same for what a device is told the same by. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  // A hub keeps no empty objects: one that is missing is one that is empty.
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, canonical(inner)] as const).filter(([, inner]) => !isEmpty(inner)),
  )
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}

function desired(properties: unknown): Readonly<Record<string, unknown>> {
  return { 'properties.desired': properties }
}

function moduleOf(module: EdgeModule, image: string, variables: Readonly<Record<string, string>>) {
  return {
    ...{ type: 'docker', status: 'running', restartPolicy: 'always' },
    env: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value }])),
    settings: { image, ...chunks(module.createOptions, module.name) },
  }
}

function optionsOr(given: Readonly<Record<string, unknown>>, otherwise: Readonly<Record<string, unknown>>) {
  return Object.keys(given).length > 0 ? given : otherwise
}

/** `createOptions`, and as many numbered ones as its length needs. */
function chunks(options: Readonly<Record<string, unknown>>, module: string): Readonly<Record<string, string>> {
  const text = Object.keys(options).length > 0 ? JSON.stringify(options) : ''
  const count = Math.max(1, Math.ceil(text.length / chunk))
  if (count > mostChunks)
    throw new InputError(
      `createOptions of the module "${module}" are ${text.length} characters of JSON; a device takes at most ${chunk * mostChunks}.`,
    )
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      index === 0 ? 'createOptions' : `createOptions${String(index).padStart(2, '0')}`,
      text.slice(index * chunk, (index + 1) * chunk),
    ]),
  )
}

function credentials(registries: readonly EdgeRegistry[]): Readonly<Record<string, EdgeRegistry>> {
  return Object.fromEntries(
    registries.map(({ address, username, password }) => [
      address.replaceAll(/[^a-zA-Z0-9_-]+/g, '_'),
      { username, password, address },
    ]),
  )
}

/** Names become keys of a twin, which allow less than their own rules do. */
function checkNames(
  { routes, scoring, externalModules }: IotDeploymentConfig,
  variables: Readonly<Record<string, string>>,
): void {
  const names = [
    ...Object.keys(routes).map((name) => ({ what: 'route', name })),
    ...[variables, scoring.environmentVariables, ...externalModules.map((one) => one.environmentVariables)].flatMap(
      (map) => Object.keys(map).map((name) => ({ what: 'environment variable', name })),
    ),
  ]
  const wrong = names.find(({ name }) => /[.$#\s+\\]/.test(name) || name === '')
  if (wrong)
    throw new InputError(
      `The ${wrong.what} "${wrong.name}" cannot be told to a device: ".", "$", "#", "+", "\\" and blanks are not allowed in its name.`,
    )
}

function checkSize(module: string, content: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(content))
  if (bytes > mostBytes)
    throw new InputError(
      `What the module "${module}" is told is ${bytes} bytes of JSON; a twin holds at most ${mostBytes}.`,
      { hint: 'Shorten createOptions, routes or environment variables.' },
    )
}
