import type { Clock } from '../azure/clock.ts'
import type { Traffic } from './journal.ts'
import type { Step } from './plan.ts'
import { sameTraffic, trafficText } from './traffic.ts'

/** A step of a rollout as it was. Times are seconds since the rollout began. */
export interface Phase {
  readonly title: string
  /** What served meanwhile. */
  readonly serving: string
  readonly from: number
  readonly to: number
}

/** Keeps what a rollout did and how long it took, whether it ended well or not. */
export class Timeline {
  readonly #clock: Clock
  readonly #began: number
  readonly #phases: Phase[] = []
  #traffic: Traffic

  constructor(clock: Clock, before: Traffic) {
    this.#clock = clock
    this.#began = clock.now()
    this.#traffic = before
  }

  get phases(): readonly Phase[] {
    return this.#phases
  }

  async during(step: Step, work: () => Promise<void>): Promise<void> {
    const title = titleOf(step, this.#traffic)
    const serving = trafficText(this.#traffic)
    const from = this.#seconds()
    try {
      await work()
      if (step.kind === 'write') this.#traffic = step.traffic
    } finally {
      if (title !== undefined) this.#phases.push({ title, serving, from, to: this.#seconds() })
    }
  }

  #seconds(): number {
    return (this.#clock.now() - this.#began) / 1000
  }
}

/** What a step is called; undefined for writes that users do not see, because the traffic stays. */
function titleOf(step: Step, traffic: Traffic): string | undefined {
  switch (step.kind) {
    case 'write':
      return sameTraffic(step.traffic, traffic) ? undefined : `move traffic to ${trafficText(step.traffic)}`
    case 'create':
      return `deploy ${step.deployment}`
    case 'probe':
      return `test ${step.deployment}`
    case 'bake':
      return `watch ${step.deployment}`
    case 'delete':
      return `delete ${step.deployment}`
  }
}
