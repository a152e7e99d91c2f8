import type { DestinationFaults } from './fakeDestination.ts'
import { Random } from './random.ts'

/** What a run of the simulation does to its processes: everything that is decided beforehand, so that it can shrink. */
export interface Plan {
  readonly seed: number
  readonly registrations: readonly Registration[]
  readonly disturbances: readonly Disturbance[]
  readonly destination: DestinationFaults
  /** By how many milliseconds each process's clock is wrong. */
  readonly skews: readonly number[]
}

export interface Registration {
  /** Milliseconds after the one before. */
  readonly gap: number
  readonly model: number
  readonly ready: boolean
  readonly rmse: number
  /** After how many milliseconds each delivery of its event arrives; none is a lost event. */
  readonly deliveries: readonly number[]
}

/** At the next step of a process after a moment: one that writes an intent, one that touches a destination, or any. */
export interface Disturbance {
  readonly at: number
  readonly process: number
  readonly during: 'any' | 'intent' | 'dispatch'
  /** `kill`: the reply never comes, whether or not the request took effect. `freeze`: everything of it stands still. */
  readonly kind: 'kill before' | 'kill after' | 'freeze'
  readonly milliseconds: number
}

export interface Faults {
  readonly lost: number
  readonly repeated: number
  readonly reordered: boolean
  readonly destination: DestinationFaults
  readonly kills: number
  readonly freezes: number
  readonly skew: boolean
}

export const noFaults: Faults = {
  ...{ lost: 0, repeated: 0, reordered: false, kills: 0, freezes: 0, skew: false },
  destination: { failBefore: 0, failAfter: 0, showsAfter: 0 },
}

export const allFaults: Faults = {
  ...{ lost: 0.2, repeated: 0.3, reordered: true, kills: 200, freezes: 50, skew: true },
  destination: { failBefore: 0.05, failAfter: 0.05, showsAfter: 30_000 },
}

/** Relays first, then sweeps. */
export const processes = ['relay', 'relay', 'relay', 'sweep', 'sweep'] as const
const minute = 60_000

export function planOf(options: {
  readonly seed: number
  readonly registrations: number
  readonly models: number
  readonly faults: Faults
}): Plan {
  const { seed, models, faults } = options
  const random = new Random(seed)
  const delay = () => (faults.reordered ? random.between(0, random.chance(0.1) ? 10 * minute : 20_000) : 50)
  const registrations = Array.from({ length: options.registrations }, (): Registration => {
    const deliveries = random.chance(faults.lost) ? [] : [delay()]
    if (deliveries.length > 0 && random.chance(faults.repeated)) deliveries.push(delay() + random.between(0, minute))
    return {
      ...{ gap: random.between(0, 2000), model: random.below(models), ready: random.chance(0.5) },
      ...{ rmse: random.between(40, 80), deliveries },
    }
  })
  const length = registrations.reduce((sum, { gap }) => sum + gap, 0)
  const disturbance = (kind: 'kill' | 'freeze'): Disturbance => ({
    ...{ at: random.between(0, length), process: random.below(processes.length) },
    during: (['any', 'intent', 'dispatch', 'dispatch'] as const)[random.below(4)] ?? 'any',
    kind: kind === 'freeze' ? 'freeze' : random.chance(0.5) ? 'kill before' : 'kill after',
    milliseconds: random.between(1000, 6 * minute),
  })
  return {
    ...{ seed, registrations, destination: faults.destination },
    disturbances: [
      ...Array.from({ length: faults.kills }, () => disturbance('kill')),
      ...Array.from({ length: faults.freezes }, () => disturbance('freeze')),
    ],
    skews: processes.map(() => (faults.skew ? random.between(-5 * minute, 5 * minute) : 0)),
  }
}
