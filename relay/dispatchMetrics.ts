import { Counter, Histogram, type Registry } from 'prom-client'
import { type Destination, DispatchError, type Order } from '../core/trigger/index.ts'

/** What starts pipelines, counted: how often, how it went, and how long after the registration. */
export class DispatchMetrics {
  readonly #dispatches: Counter<'destination' | 'kind' | 'outcome'>
  readonly #delay: Histogram<'destination'>
  readonly #now: () => number

  constructor(registry: Registry, now: () => number = Date.now) {
    this.#now = now
    this.#dispatches = new Counter({
      name: 'azureml_cd_dispatches_total',
      help: 'Attempts to start a pipeline, and look-ups of ones that may have been started.',
      labelNames: ['destination', 'kind', 'outcome'],
      registers: [registry],
    })
    this.#delay = new Histogram({
      name: 'azureml_cd_registration_to_start_seconds',
      help: 'From the registration of a model version, by the registry, until its pipeline was started.',
      labelNames: ['destination'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 86_400],
      registers: [registry],
    })
  }

  /** The same destinations, counted. */
  measured(destinations: ReadonlyMap<string, Destination>): ReadonlyMap<string, Destination> {
    return new Map([...destinations].map(([name, destination]) => [name, this.#measured(destination)]))
  }

  #measured(destination: Destination): Destination {
    const { kind, name, canFind, takesKey } = destination
    const count = (outcome: string) => this.#dispatches.inc({ destination: name, kind, outcome })
    const state = destination.state?.bind(destination)
    return {
      ...{ kind, name, canFind, takesKey },
      start: async (order, signal) => {
        try {
          const started = await destination.start(order, signal)
          count('started')
          this.#observeDelay(name, order)
          return started
        } catch (error) {
          count(outcomeOf(error))
          throw error
        }
      },
      find: async (order, signal) => {
        const found = await destination.find(order, signal)
        count(found === undefined ? 'not_found' : 'found')
        return found
      },
      ...(state === undefined ? {} : { state }),
    }
  }

  #observeDelay(destination: string, { registeredAt }: Order): void {
    const seconds = (this.#now() - Date.parse(registeredAt)) / 1000
    // The registry's clock may be ahead of ours.
    if (!Number.isNaN(seconds)) this.#delay.observe({ destination }, Math.max(0, seconds))
  }
}

function outcomeOf(error: unknown): string {
  if (!(error instanceof DispatchError) || !error.certain) return 'unsure'
  return error.permanent ? 'refused' : 'not_started'
}
