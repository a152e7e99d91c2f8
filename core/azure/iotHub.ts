import { Registry } from 'azure-iothub/dist/registry.js'
import { z } from 'zod'
import { parseAnswer } from './answers.ts'
import { AzureError } from './armError.ts'
import { type HubAccess, HubTransport } from './iotHubTransport.ts'

const counts = z.record(z.string(), z.number())

const configuration = z.looseObject({
  id: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  content: z.looseObject({ modulesContent: z.record(z.string(), z.unknown()).default({}) }),
  targetCondition: z.string().default(''),
  priority: z.number().default(0),
  createdTimeUtc: z.string().default(''),
  etag: z.string().default(''),
  systemMetrics: z.looseObject({ results: counts.default({}) }).default({ results: {} }),
})

/** A deployment of IoT Edge at scale, as the hub tells it. */
export type HubConfiguration = z.output<typeof configuration>

/** What the modules of a device are told to be, by module. */
export type ModulesContent = Readonly<Record<string, unknown>>

const moduleTwin = z.looseObject({
  properties: z.looseObject({
    desired: z.looseObject({ $version: z.number().optional() }).default({}),
    reported: z
      .looseObject({
        lastDesiredVersion: z.number().optional(),
        lastDesiredStatus: z.looseObject({ code: z.number(), description: z.string().optional() }).optional(),
        modules: z
          .record(
            z.string(),
            z.looseObject({
              runtimeStatus: z.string().optional(),
              statusDescription: z.string().optional(),
              exitCode: z.number().optional(),
              restartCount: z.number().optional(),
              settings: z.looseObject({ image: z.string().optional() }).optional(),
            }),
          )
          .default({}),
      })
      .default({ modules: {} }),
  }),
})

export type ModuleTwin = z.output<typeof moduleTwin>['properties']

/** The service side of an IoT hub, through Microsoft's client; what it sends goes the way all requests of ours go. */
export class IotHub {
  readonly #access: HubAccess

  constructor(access: HubAccess) {
    this.#access = access
  }

  async configurations(): Promise<readonly HubConfiguration[]> {
    const doing = `reading the deployments of the IoT hub "${this.#access.host}"`
    const { responseBody } = await this.#registry(doing).getConfigurations()
    return parseAnswer(z.array(configuration), responseBody, doing)
  }

  configuration(id: string): Promise<HubConfiguration | undefined> {
    const doing = `reading the deployment "${id}"`
    return absentOr(async () =>
      parseAnswer(configuration, (await this.#registry(doing).getConfiguration(id)).responseBody, doing),
    )
  }

  /** A deployment of that id that is there already stays as it is. */
  async create(wanted: {
    readonly id: string
    readonly labels: Readonly<Record<string, string>>
    readonly modulesContent: ModulesContent
    readonly targetCondition: string
    readonly priority: number
  }): Promise<void> {
    const { id, labels, modulesContent, targetCondition, priority } = wanted
    const hub = this.#registry(`creating the deployment "${id}"`)
    const created = hub.addConfiguration({
      ...{ id, schemaVersion: '1.0', labels: { ...labels }, targetCondition, priority },
      ...{ content: { modulesContent: plain(modulesContent) }, contentType: 'assignment', metrics: noMetrics },
      ...{ systemMetrics: noMetrics, createdTimeUtc: '', lastUpdatedTimeUtc: '', etag: '' },
    })
    await created.catch((error: unknown) => {
      // An answer that was lost on its way, asked for again: ids are made from the content.
      if (!(error instanceof AzureError) || error.status !== 409) throw error
    })
  }

  /** Replaces the labels of a deployment; its content can never be another. Fails where it was changed meanwhile. */
  async label(was: HubConfiguration, labels: Readonly<Record<string, string>>): Promise<void> {
    const { id, targetCondition, priority, etag, createdTimeUtc, content } = was
    await this.#registry(`labelling the deployment "${id}"`).updateConfiguration({
      ...{ id, schemaVersion: '1.0', labels: { ...labels }, targetCondition, priority, etag, createdTimeUtc },
      ...{ content: { modulesContent: plain(content.modulesContent) }, contentType: 'assignment', metrics: noMetrics },
      ...{ systemMetrics: noMetrics, lastUpdatedTimeUtc: '' },
    })
  }

  /** False when there was none. */
  async remove(id: string): Promise<boolean> {
    const removed = await absentOr(async () => {
      await this.#registry(`deleting the deployment "${id}"`).removeConfiguration(id)
      return true
    })
    return removed ?? false
  }

  /** Tells one device at once what its modules are to be: these, and no others. */
  async apply(device: string, modulesContent: ModulesContent): Promise<void> {
    await this.#registry(`applying modules to the device "${device}"`).applyConfigurationContentOnDevice(device, {
      modulesContent: plain(modulesContent),
    })
  }

  /** What a module is told to be and what it reports; undefined when there is no such device or module. */
  moduleTwin(device: string, module: string): Promise<ModuleTwin | undefined> {
    const doing = `reading the twin of the module "${module}" on the device "${device}"`
    return absentOr(async () => {
      const { properties } = (await this.#registry(doing).getModuleTwin(device, module)).responseBody
      return parseAnswer(moduleTwin, { properties }, doing).properties
    })
  }

  /** The client wants a sign-in of its own; the transport signs, so that it never sees a secret. */
  #registry(doing: string): Registry {
    const config = { host: this.#access.host, sharedAccessSignature: 'by-transport' }
    return new Registry(config, new HubTransport(this.#access, doing))
  }
}

const noMetrics = { results: {}, queries: {} }

/** A copy that the client may call its own. */
function plain(content: ModulesContent): Record<string, Record<string, unknown>> {
  return z.record(z.string(), z.record(z.string(), z.unknown())).parse(JSON.parse(JSON.stringify(content)))
}

async function absentOr<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof AzureError && error.status === 404) return undefined
    throw error
  }
}
