import type { EndpointRecord } from '../state/records.ts'
import type { WorkspaceState } from '../state/workspaceState.ts'
import type { WorkspaceIdentity } from '../workspaceIdentity.ts'
import { modelText } from './modelText.ts'
import { shownText } from './shownText.ts'
import type { RolloutView } from './snapshot.ts'

const remembered = 50
const tag = (name: string): string => `azureml-cd.${name}`

/** What a rollout has written to the tags of its endpoint; nothing when none is under way. */
function intentIn({ tags }: Pick<EndpointRecord, 'tags'>) {
  const [id, candidate, phase] = [tags[tag('rollout')], tags[tag('candidate')], tags[tag('phase')]]
  if (!id || !candidate) return undefined
  const isRestoring = phase === 'restoring'
  return { id: shownText(id), candidate: shownText(candidate), isRestoring, reason: tags[tag('reason')] }
}

/**
 * The rollouts that were seen on the endpoints' tags since the emulator started: an endpoint itself remembers only the
 * one under way. `tell` hears of every turn.
 */
export class RolloutHistory {
  readonly #state: WorkspaceState
  readonly #identity: WorkspaceIdentity
  readonly #tell: (rollout: RolloutView) => void
  #rollouts: RolloutView[] = []

  constructor(options: {
    readonly state: WorkspaceState
    readonly identity: WorkspaceIdentity
    readonly tell: (rollout: RolloutView) => void
  }) {
    this.#state = options.state
    this.#identity = options.identity
    this.#tell = options.tell
    for (const endpoint of options.state.endpoints.children()) this.#look(endpoint)
    options.state.endpoints.observe(({ before, after }) => {
      if (after !== undefined) this.#look(after, before)
      else if (before !== undefined) this.#end(before.name, { phase: 'refused', reason: 'The service was deleted.' })
    })
    // The model of a candidate is known once the candidate is there.
    options.state.deployments.observe(({ after }) => {
      if (after !== undefined) this.#nameModels(after.endpoint)
    })
  }

  /** The newest first. */
  all(): readonly RolloutView[] {
    return this.#rollouts
  }

  clear(): void {
    this.#rollouts = []
  }

  #look(endpoint: EndpointRecord, before?: EndpointRecord): void {
    const now = new Date().toISOString()
    const intent = intentIn(endpoint)
    const running = this.#running(endpoint.name)
    if (running !== undefined && running.id !== intent?.id)
      this.#end(endpoint.name, { phase: isPromoted(endpoint, running.candidate) ? 'promoted' : 'refused' })
    if (intent === undefined) return
    const phase = intent.isRestoring ? 'restoring' : 'rolling'
    const reason = intent.reason === undefined ? null : shownText(intent.reason)
    if (running?.id === intent.id) {
      if (running.phase !== phase || running.reason !== reason) this.#replace({ ...running, phase, reason })
      return
    }
    const previous = Object.entries((before ?? endpoint).traffic).flatMap(([name, percent]) =>
      percent > 0 && name !== intent.candidate ? [name] : [],
    )
    const begun: RolloutView = {
      ...{ id: intent.id, service: endpoint.name, candidate: intent.candidate, previous, phase, reason },
      candidateModel: this.#modelOf(endpoint.name, intent.candidate),
      previousModels: previous.flatMap((name) => this.#modelOf(endpoint.name, name) ?? []),
      ...{ begunAt: now, endedAt: null },
    }
    this.#rollouts = [begun, ...this.#rollouts].slice(0, remembered)
    this.#tell(begun)
  }

  #running(name: string): RolloutView | undefined {
    return this.#rollouts.find(({ service, endedAt }) => service === name && endedAt === null)
  }

  #end(service: string, how: Pick<RolloutView, 'phase'> & Partial<Pick<RolloutView, 'reason'>>): void {
    const running = this.#running(service)
    if (running !== undefined) this.#replace({ ...running, ...how, endedAt: new Date().toISOString() })
  }

  #nameModels(service: string): void {
    this.#rollouts = this.#rollouts.map((rollout) =>
      rollout.service !== service || rollout.endedAt !== null || rollout.candidateModel !== null
        ? rollout
        : { ...rollout, candidateModel: this.#modelOf(service, rollout.candidate) },
    )
  }

  #replace(changed: RolloutView): void {
    const before = this.#rollouts.find(({ id, service }) => id === changed.id && service === changed.service)
    this.#rollouts = this.#rollouts.map((rollout) => (rollout === before ? changed : rollout))
    if (before?.phase !== changed.phase) this.#tell(changed)
  }

  #modelOf(service: string, deployment: string): string | null {
    const record = this.#state.deployments.get(`${service}/${deployment}`)
    return modelText((record?.pending ?? record)?.properties.model, this.#identity)
  }
}

function isPromoted(endpoint: EndpointRecord, candidate: string): boolean {
  return endpoint.traffic[candidate] === 100 || endpoint.tags[tag('promoted')] === candidate
}
