import { Gauge, type Registry } from 'prom-client'
import type { TendedDrift, Triggers } from '../core/trigger/index.ts'
import type { Controller } from './worker.ts'

/** The controller with sweeps that also look after services which serve something else than they should. */
export class TendingController implements Controller {
  /** What the last sweep found. */
  drift: readonly TendedDrift[] = []
  readonly #triggers: Pick<Triggers, 'controller' | 'tendDrift'>
  readonly #heal: boolean
  readonly #drifting: Gauge<'service' | 'outcome'>

  constructor(options: {
    readonly triggers: Pick<Triggers, 'controller' | 'tendDrift'>
    readonly heal: boolean
    readonly registry: Registry
  }) {
    this.#triggers = options.triggers
    this.#heal = options.heal
    this.#drifting = new Gauge({
      name: 'azureml_cd_drifting_services',
      help: 'Services that serve something else than what was started last for them, as the last sweep found.',
      labelNames: ['service', 'outcome'],
      registers: [options.registry],
    })
  }

  handleWakeUps(limit?: number): Promise<number> {
    return this.#triggers.controller.handleWakeUps(limit)
  }

  goOn(): Promise<number> {
    return this.#triggers.controller.goOn()
  }

  get nextDue(): number | undefined {
    return this.#triggers.controller.nextDue
  }

  async sweep(): Promise<void> {
    await this.#triggers.controller.sweep()
    this.drift = await this.#triggers.tendDrift(this.#heal)
    this.#drifting.reset()
    for (const { service, outcome } of this.drift) this.#drifting.set({ service, outcome }, 1)
  }
}
