import type { OperationRecord, VersionRecord } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { RolloutHistory } from './rolloutHistory.ts'
import { rolloutText } from './rolloutText.ts'
import { shownText } from './shownText.ts'
import type { EventView, RolloutView } from './snapshot.ts'
import { trafficText } from './trafficText.ts'

const remembered = 300

/** What has happened in the workspace since the emulator started, told in sentences. */
export class Chronicle {
  readonly #rollouts: RolloutHistory
  #events: EventView[] = []
  #count = 0

  constructor(state: WorkspaceState, identity: WorkspaceIdentity) {
    this.#rollouts = new RolloutHistory({ state, identity, tell: (rollout) => this.#tellRollout(rollout) })
    state.assets.models.versions.observe(({ before, after }) => this.#tellVersion(before, after))
    state.endpoints.observe(({ key, before, after }) => {
      if (before?.provisioningState === 'Creating' && after?.provisioningState === 'Succeeded')
        this.#tell({ kind: 'service', subject: key, text: 'The service was created.', tone: 'good' })
      if (before === undefined || after === undefined) return
      const [was, is] = [trafficText(before.traffic), trafficText(after.traffic)]
      if (was !== is)
        this.#tell({ kind: 'service', subject: key, text: `Traffic went from ${was} to ${is}.`, tone: 'good' })
    })
    state.operations.observe(({ before, after }) => {
      if (after !== undefined && after.status !== before?.status) this.#tellOperation(after)
    })
  }

  /** Something that the emulator itself has to say. */
  note(line: string): void {
    this.#tell({ kind: 'emulator', subject: 'emulator', text: line, tone: 'bad' })
  }

  /** So many at most, the newest first. */
  events(most: number): readonly EventView[] {
    return this.#events.slice(-most).reverse()
  }

  /** Nothing has happened yet. */
  clear(): void {
    this.#events = []
    this.#rollouts.clear()
  }

  get rollouts(): readonly RolloutView[] {
    return this.#rollouts.all()
  }

  #tellVersion(before: VersionRecord | undefined, after: VersionRecord | undefined): void {
    const { name, version } = after ?? before ?? { name: '', version: '' }
    const subject = `${name} ${version}`
    const tell = (text: string, tone: EventView['tone']): void => this.#tell({ kind: 'model', subject, text, tone })
    if (after === undefined) tell('The version was deleted.', 'plain')
    else if (before === undefined) tell('The version was registered.', 'good')
    else if (before.properties.isArchived !== true && after.properties.isArchived === true)
      tell('The version was archived.', 'plain')
    else if (before.properties.isArchived === true && after.properties.isArchived !== true)
      tell('The version was restored from the archive.', 'plain')
  }

  #tellOperation({ verb, target, status, startTime, endTime, error }: OperationRecord): void {
    const [word = '', name = ''] = target.split('/').slice(-2)
    const isService = word === 'onlineEndpoints'
    const kind = isService ? 'service' : word === 'deployments' ? 'deployment' : 'resource'
    const tell = (text: string, tone: EventView['tone']): void => this.#tell({ kind, subject: name, text, tone })
    if (status === 'Updating') {
      if (verb === 'put' && kind === 'deployment') tell('The deployment is being started.', 'busy')
      return
    }
    if (status === 'Failed') {
      tell(error === null ? 'The operation was interrupted.' : shownText(error.message, 2_000), 'bad')
      return
    }
    const seconds = (Date.parse(endTime ?? startTime) - Date.parse(startTime)) / 1000
    if (verb === 'delete') tell(`The ${isService ? 'service' : kind} was deleted.`, 'plain')
    // What changes of a service shows by itself: its traffic, its rollouts.
    else if (!isService) tell(`The ${kind} was ready after ${seconds.toFixed(1)}\u00a0s.`, 'good')
  }

  #tellRollout(rollout: RolloutView): void {
    const { service, phase } = rollout
    const tones = { rolling: 'busy', restoring: 'bad', promoted: 'good', refused: 'bad' } as const
    this.#tell({ kind: 'rollout', subject: service, text: rolloutText(rollout), tone: tones[phase] })
  }

  #tell(event: Omit<EventView, 'number' | 'at'>): void {
    this.#count += 1
    this.#events.push({ number: this.#count, at: new Date().toISOString(), ...event })
    if (this.#events.length > 2 * remembered) this.#events = this.#events.slice(-remembered)
  }
}
