import { badRequest } from '../../armError.ts'
import { type Bag, bagOf, type VersionRecord } from '../../state/records.ts'
import type { WorkspaceState } from '../../state/workspaceState.ts'

/** How long a device takes to do what it is told and to report it. */
const reportMilliseconds = 300

/** What a device is told by, since when, and the number of the change: twins count theirs. */
interface Told {
  readonly source: string
  readonly content: Bag
  readonly since: number
  readonly version: number
}

/**
 * What IoT Edge devices are told and what they report. Of the deployments whose condition a device fulfils it follows
 * the one with the highest priority, of two the younger; where none is, what was applied to it alone. A device behaves
 * as its own tags say, so that a test can have it fail: `emulator.failing` is a part of the names of images that do not
 * come up, `emulator.offline` makes it report nothing.
 */
export class EdgeDevices {
  readonly #state: WorkspaceState

  constructor(state: WorkspaceState) {
    this.#state = state
  }

  /** Settles what every device is told now; called after whatever may change it. */
  settle(): void {
    for (const device of this.#edge()) {
      const before = toldOf(device)
      const { source, content } = this.#follows(device)
      if (before.source === source) continue
      const told = { source, content, since: Date.now(), version: before.version + 1 }
      this.#state.iotDevices.set(device.name, { ...device, properties: { ...device.properties, told } })
    }
  }

  /** The twin of a module; undefined for one that the device was never told of. */
  moduleTwin(name: string, module: string): Bag | undefined {
    const device = this.#state.iotDevices.get(name)
    if (!device || !isEdge(device)) return undefined
    const told = toldOf(device)
    const known =
      module === '$edgeAgent' || module === '$edgeHub' || module in told.content || module in modulesOf(told.content)
    if (!known) return undefined
    const desired = bagOf(bagOf(told.content[module])['properties.desired'])
    return {
      ...{ deviceId: name, moduleId: module, connectionState: 'Connected', version: told.version + 1 },
      properties: {
        desired: { ...desired, $metadata: {}, $version: told.version },
        reported: { ...(module === '$edgeAgent' ? reportedBy(device, told) : {}), $metadata: {}, $version: 1 },
      },
      ...(module === '$edgeAgent' ? { configurations: this.#configurationsOf(device, told) } : {}),
    }
  }

  /** What a hub counts of a deployment by itself. */
  metrics(configuration: VersionRecord): Readonly<Record<string, number>> {
    const targeted = this.#edge().filter((device) => fulfils(device, configuration))
    const applied = targeted.filter((device) => toldOf(device).source === configuration.name)
    const failed = applied.filter((device) => outcomeOf(device) === 'failed')
    const succeeded = applied.filter((device) => outcomeOf(device) === 'succeeded')
    return {
      ...{ targetedCount: targeted.length, appliedCount: applied.length },
      ...{ reportedSuccessfulCount: succeeded.length, reportedFailedCount: failed.length },
    }
  }

  #edge(): readonly VersionRecord[] {
    return [...this.#state.iotDevices.children()].filter(isEdge)
  }

  #follows(device: VersionRecord): { readonly source: string; readonly content: Bag } {
    const [first] = [...this.#state.iotConfigurations.children()]
      .filter((one) => fulfils(device, one))
      .toSorted((a, b) => priorityOf(b) - priorityOf(a) || b.sequence - a.sequence)
    if (first) return { source: first.name, content: bagOf(bagOf(first.properties.content).modulesContent) }
    const { applied, appliedAs } = device.properties
    const content = bagOf(bagOf(applied).modulesContent)
    return { source: typeof appliedAs === 'string' ? appliedAs : '', content }
  }

  #configurationsOf(device: VersionRecord, told: Told): Bag {
    const all = [...this.#state.iotConfigurations.children()].filter((one) => fulfils(device, one))
    return Object.fromEntries(
      all.map(({ name }) => [name, { status: name === told.source ? 'Applied' : 'Targeted' }] as const),
    )
  }
}

function reportedBy(device: VersionRecord, told: Told): Bag {
  if (told.version === 0 || !hasReported(device, told)) return {}
  const { systemModules, modules } = agentOf(told.content)
  const shown = (name: string, module: unknown) => {
    const settings = bagOf(bagOf(module).settings)
    const fails = isFailing(device, settings.image)
    return [
      name,
      {
        ...{ type: 'docker', settings, restartCount: 0 },
        ...(fails
          ? { runtimeStatus: 'backoff', exitCode: 3, statusDescription: 'exited with code 3' }
          : { runtimeStatus: 'running', exitCode: 0, statusDescription: 'running' }),
      },
    ] as const
  }
  const each = (all: unknown) => Object.fromEntries(Object.entries(bagOf(all)).map(([name, one]) => shown(name, one)))
  return {
    ...{ schemaVersion: '1.1', version: { version: '1.6.1' } },
    ...{ lastDesiredVersion: told.version, lastDesiredStatus: { code: 200, description: '' } },
    ...{ systemModules: each(systemModules), modules: each(modules) },
  }
}

function outcomeOf(device: VersionRecord): 'succeeded' | 'failed' | 'silent' {
  const told = toldOf(device)
  if (!hasReported(device, told)) return 'silent'
  const images = Object.values(modulesOf(told.content)).map((module) => bagOf(bagOf(module).settings).image)
  return images.some((image) => isFailing(device, image)) ? 'failed' : 'succeeded'
}

function hasReported(device: VersionRecord, { since }: Told): boolean {
  return behaviourOf(device).offline !== true && Date.now() - since >= reportMilliseconds
}

function isFailing(device: VersionRecord, image: unknown): boolean {
  const { failing } = behaviourOf(device)
  return typeof failing === 'string' && failing !== '' && String(image).includes(failing)
}

function behaviourOf(device: VersionRecord): Bag {
  return bagOf(bagOf(device.properties.tags).emulator)
}

function isEdge({ properties }: VersionRecord): boolean {
  return bagOf(properties.capabilities).iotEdge === true
}

function agentOf(content: Bag): Bag {
  return bagOf(bagOf(content.$edgeAgent)['properties.desired'])
}

function modulesOf(content: Bag): Bag {
  return bagOf(agentOf(content).modules)
}

function toldOf({ properties }: VersionRecord): Told {
  const { source, content, since, version } = bagOf(properties.told)
  return {
    source: typeof source === 'string' ? source : '',
    content: bagOf(content),
    since: typeof since === 'number' ? since : 0,
    version: typeof version === 'number' ? version : 0,
  }
}

function priorityOf({ properties: { priority } }: VersionRecord): number {
  return typeof priority === 'number' ? priority : 0
}

function fulfils(device: VersionRecord, { properties }: VersionRecord): boolean {
  const tests = condition(typeof properties.targetCondition === 'string' ? properties.targetCondition : '')
  return tests?.every((test) => test(device)) ?? false
}

type Test = (device: VersionRecord) => boolean

/**
 * `*`, or comparisons of `deviceId` and of tags joined by `AND`; undefined for the empty one, which nobody fulfils.
 * Throws `ArmError` 400: a hub knows more, and what is not known here is not guessed.
 */
export function condition(text: string): readonly Test[] | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  if (trimmed === '*') return []
  return trimmed.split(/\s+and\s+/i).map((part) => {
    const [, path = '', sign, value = ''] = /^([\w.]+)\s*(=|!=|<>)\s*'([^']*)'$/.exec(part.trim()) ?? []
    const [first, ...rest] = path.split('.')
    const isTag = first === 'tags' && rest.length > 0
    if (!isTag && path !== 'deviceId') throw badRequest(`The target condition "${text}" is not valid.`)
    const valueAt = ({ name, properties }: VersionRecord): unknown =>
      isTag ? rest.reduce<unknown>((inner, key) => bagOf(inner)[key], properties.tags) : name
    return (device) => (valueAt(device) === value) === (sign === '=')
  })
}
