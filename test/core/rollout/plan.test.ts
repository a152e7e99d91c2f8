import test from 'ava'
import fc from 'fast-check'
import { type Journal, journalIn, withJournal } from '../../../core/rollout/journal.ts'
import { assembleRolloutPlan, type Plan, type Policy, planRestore, type Step } from '../../../core/rollout/plan.ts'

const policy: Policy = { bakeSeconds: 60, timeoutSeconds: 600, takeOver: false }
const served = { name: 'blue', wanted: false, ready: true }

function planFor(
  live: Parameters<typeof assembleRolloutPlan>[0]['live'],
  options: Partial<{ candidate: string; now: number; policy: Policy }> = {},
): Plan {
  return assembleRolloutPlan({ live, candidate: 'green', owner: 'me', rolloutId: 'r1', policy, now: 0, ...options })
}

test('a wanted deployment that serves alone is left as it is', (t) => {
  const plan = planFor({ traffic: { green: 100 }, deployments: [{ name: 'green', wanted: true, ready: true }] })
  t.deepEqual(plan, { kind: 'unchanged', deployment: 'green', steps: [] })
})

test('a rollout proves the candidate before traffic, bakes, and only then deletes what served', (t) => {
  const plan = planFor({ traffic: { blue: 100 }, deployments: [served] })
  t.is(plan.kind, 'roll')
  t.deepEqual(plan.kind === 'roll' && plan.steps.map(({ kind }) => kind), [
    'write',
    'create',
    'probe',
    'write',
    'bake',
    'delete',
    'write',
  ])
})

test('a rollout of another run is waited for while its lease lasts, and taken back when it has expired', (t) => {
  const journal: Journal = {
    rolloutId: 'r0',
    candidate: 'red',
    previous: { blue: 100 },
    phase: 'rolling',
    owner: 'other',
    leaseExpiresAt: 1000,
  }
  const live = {
    traffic: { blue: 100 },
    deployments: [served, { name: 'red', wanted: false, ready: true, rolloutId: 'r0' }],
    journal,
  }
  t.is(planFor(live, { now: 999 }).kind, 'wait')
  t.is(planFor(live, { now: 1000 }).kind, 'restore')
  t.is(planFor(live, { now: 0, policy: { ...policy, takeOver: true } }).kind, 'restore')
})

test('what served before is not restored to a deployment that is gone; the rest of the traffic is brought back to 100', (t) => {
  const journal: Journal = {
    rolloutId: 'r',
    candidate: 'green',
    previous: { blue: 70, red: 30 },
    phase: 'rolling',
    owner: 'me',
    leaseExpiresAt: 0,
  }
  const restore = planRestore({
    live: {
      traffic: { green: 100 },
      deployments: [
        { name: 'green', wanted: true, ready: true },
        { name: 'red', wanted: false, ready: true },
      ],
    },
    journal,
  })
  t.deepEqual(restore.steps[0], { kind: 'write', traffic: { red: 100 }, journal: { ...journal, phase: 'restoring' } })
})

test('a candidate that serves is kept when nothing that served before is left', (t) => {
  const journal: Journal = {
    rolloutId: 'r',
    candidate: 'green',
    previous: { blue: 100 },
    phase: 'rolling',
    owner: 'me',
    leaseExpiresAt: 0,
  }
  const { steps } = planRestore({
    live: { traffic: { green: 100 }, deployments: [{ name: 'green', wanted: true, ready: true }] },
    journal,
  })
  t.deepEqual(
    steps.map((step) => (step.kind === 'write' ? step.traffic : step.kind)),
    [{ green: 100 }, { green: 100 }],
  )
})

test('deployments made by hand, and the one promoted last, are nobody’s leftovers', (t) => {
  const plan = planFor({
    traffic: { green: 100 },
    promoted: 'standby',
    deployments: [
      { name: 'green', wanted: true, ready: true, rolloutId: 'r1' },
      { name: 'by-hand', wanted: false, ready: true },
      { name: 'standby', wanted: false, ready: true, rolloutId: 'r0' },
      { name: 'orphan', wanted: false, ready: true, rolloutId: 'r9' },
    ],
  })
  t.deepEqual(plan, { kind: 'unchanged', deployment: 'green', steps: [{ kind: 'delete', deployment: 'orphan' }] })
})

/** A world in memory in which steps take effect, may fail, and may be the last thing a killed run did. */
class World {
  traffic: Readonly<Record<string, number>>
  tags: Readonly<Record<string, string>> = { team: 'risk' }
  readonly deployments = new Map<string, { rolloutId?: string }>()
  readonly problems: string[] = []

  constructor(traffic: Readonly<Record<string, number>>) {
    this.traffic = traffic
    for (const name of Object.keys(traffic)) this.deployments.set(name, {})
  }

  live(candidate: string) {
    return {
      traffic: this.traffic,
      journal: journalIn(this.tags),
      deployments: [...this.deployments].map(([name, { rolloutId }]) => ({
        name,
        ready: true,
        wanted: name === candidate,
        rolloutId,
      })),
    }
  }

  effect(step: Step, rolloutId: string) {
    if (step.kind === 'create') this.deployments.set(step.deployment, { rolloutId })
    if (step.kind === 'delete') {
      if ((this.traffic[step.deployment] ?? 0) > 0)
        this.problems.push(`${step.deployment} was deleted while it had traffic`)
      this.deployments.delete(step.deployment)
    }
    if (step.kind === 'write') {
      this.traffic = step.traffic
      this.tags = withJournal(this.tags, step.journal)
    }
    const sum = Object.values(this.traffic).reduce((total, percentage) => total + percentage, 0)
    if (sum !== 100) this.problems.push(`the traffic summed to ${sum}`)
    for (const name of Object.keys(this.traffic))
      if (!this.deployments.has(name)) this.problems.push(`${name} had traffic but was not there`)
    const candidates = [...this.deployments.values()].filter((deployment) => deployment.rolloutId !== undefined)
    if (candidates.length > 2) this.problems.push('there were two candidates')
  }
}

type Fate = 'good' | 'fails probe' | 'fails bake'

/** One run: plans and applies until done, refused or killed after `lifetime` effects. */
function run(
  world: World,
  options: { candidate: string; owner: string; fate: Fate; lifetime: number; now: number },
): 'done' | 'refused' | 'killed' {
  const { candidate, owner, fate, now } = options
  let left = options.lifetime
  const rolloutId = `rollout-of-${owner}`
  const apply = (steps: readonly Step[], id: string): 'done' | 'failed' | 'killed' => {
    for (const step of steps) {
      if (left === 0) return 'killed'
      left -= 1
      if ((step.kind === 'probe' && fate === 'fails probe') || (step.kind === 'bake' && fate === 'fails bake'))
        return 'failed'
      world.effect(step, id)
    }
    return 'done'
  }
  for (let round = 0; round < 10; round += 1) {
    const plan = assembleRolloutPlan({ live: world.live(candidate), candidate, owner, rolloutId, policy, now })
    if (plan.kind === 'unchanged') return apply(plan.steps, rolloutId) === 'killed' ? 'killed' : 'done'
    if (plan.kind === 'wait') throw new Error('nobody else is at work here')
    const ended = apply(plan.steps, plan.journal.rolloutId)
    if (ended === 'killed') return 'killed'
    if (plan.kind === 'restore') {
      if (plan.journal.candidate === candidate) return 'refused'
      continue
    }
    if (ended === 'done') return 'done'
    const restore = planRestore({ live: world.live(candidate), journal: plan.journal })
    return apply(restore.steps, plan.journal.rolloutId) === 'killed' ? 'killed' : 'refused'
  }
  throw new Error('the run never ended')
}

const initial = fc.constantFrom<Readonly<Record<string, number>>>({ blue: 100 }, { blue: 60, red: 40 })
const fates = fc.constantFrom<Fate>('good', 'fails probe', 'fails bake')

test('killed anywhere any number of times and run again, a rollout ends with one deployment serving, or with what was before', (t) => {
  fc.assert(
    fc.property(initial, fates, fc.array(fc.nat(12), { maxLength: 6 }), (traffic, fate, lifetimes) => {
      const world = new World(traffic)
      let now = 0
      let last: string = 'killed'
      for (const [index, lifetime] of lifetimes.entries()) {
        last = run(world, { candidate: 'green', owner: `owner-${index}`, fate, lifetime, now })
        now += 1000
      }
      last = run(world, { candidate: 'green', owner: 'last', fate, lifetime: Number.POSITIVE_INFINITY, now })
      t.deepEqual(world.problems, [])
      t.is(journalIn(world.tags), undefined)
      t.deepEqual(world.tags, { team: 'risk' })
      t.deepEqual(world.traffic, last === 'done' ? { green: 100 } : traffic)
      t.deepEqual([...world.deployments.keys()].sort(), last === 'done' ? ['green'] : Object.keys(traffic).sort())
      t.is(last, fate === 'good' ? 'done' : last)
    }),
    { numRuns: 500 },
  )
})

test('a dead rollout of another version is taken back before the new one begins', (t) => {
  fc.assert(
    fc.property(initial, fates, fates, fc.nat(8), (traffic, deadFate, fate, lifetime) => {
      const world = new World(traffic)
      run(world, { candidate: 'dead', owner: 'dead', fate: deadFate, lifetime, now: 0 })
      const before = { ...world.traffic }
      const muchLater = 10 * 3600 * 1000
      const ended = run(world, {
        candidate: 'green',
        owner: 'me',
        fate,
        lifetime: Number.POSITIVE_INFINITY,
        now: muchLater,
      })
      t.deepEqual(world.problems, [])
      t.is(journalIn(world.tags), undefined)
      t.is(
        Object.values(world.traffic).reduce((sum, share) => sum + share, 0),
        100,
      )
      if (ended === 'done') t.deepEqual([...world.deployments.keys()], ['green'])
      else t.false(world.deployments.has('green'))
      t.truthy(before)
    }),
    { numRuns: 500 },
  )
})

test('the journal survives the tags of an endpoint, whatever it holds', (t) => {
  const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]$/)
  const journals = fc.record({
    rolloutId: fc.stringMatching(/^[0-9a-f]{12}$/),
    candidate: name,
    previous: fc.dictionary(name, fc.integer({ min: 1, max: 100 }), { maxKeys: 5, noNullPrototype: true }),
    phase: fc.constantFrom('rolling' as const, 'restoring' as const),
    owner: fc.stringMatching(/^[0-9a-f]{12}$/),
    leaseExpiresAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    reason: fc.option(fc.stringMatching(/^[a-z]{1,40}$/), { nil: undefined }),
  })
  fc.assert(
    fc.property(journals, (journal) => {
      const tags = withJournal({ team: 'risk' }, journal)
      t.deepEqual(journalIn(tags), journal)
      t.true(Object.values(tags).every((value) => value.length <= 256))
      t.deepEqual(withJournal(tags, undefined), { team: 'risk' })
    }),
  )
})
