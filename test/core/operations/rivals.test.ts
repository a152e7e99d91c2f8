import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { bulk } from '../../bulk.ts'
import { Scorer, versionServed } from './scorer.ts'
import { type Ended, rolloutTags, WorkspaceUnderTest } from './workspaceUnderTest.ts'

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start()
  await workspace.registerExample()
})
test.after.always(() => workspace?.close())

/** Looks at a service's traffic and candidates all the time; everything that must never be is noted. */
class Onlooker {
  readonly problems: string[] = []
  looks = 0
  readonly #over = new AbortController()
  readonly #work: Promise<void>

  constructor(service: string) {
    this.#work = this.#look(service)
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#work
  }

  async #look(service: string): Promise<void> {
    while (!this.#over.signal.aborted) {
      const { traffic, deployments } = await workspace.service(service)
      this.looks += 1
      const sum = Object.values(traffic).reduce((total, share) => total + share, 0)
      if (sum !== 100) this.problems.push(`the traffic ${JSON.stringify(traffic)} sums to ${sum}`)
      for (const [name, share] of Object.entries(traffic))
        if (share > 0 && !deployments.some((one) => one.name === name))
          this.problems.push(`${name} has traffic and is not there`)
      await pause(10)
    }
  }
}

async function bothAtOnce(
  service: string,
  models: readonly [string, string],
  offset: number,
): Promise<readonly Ended[]> {
  const onlooker = new Onlooker(service)
  const scorer = await Scorer.start(workspace, service)
  const [one, other] = models.map((model) => [...workspace.update(service, model), '--wait-seconds', '60'])
  const ended = await Promise.all([workspace.cli(one ?? []), pause(offset).then(() => workspace.cli(other ?? []))])
  await Promise.all([onlooker.stop(), scorer.stop()])
  if (onlooker.problems.length + scorer.failures.length > 0)
    throw new Error([...onlooker.problems, ...scorer.failures].join('\n'))
  return ended
}

async function settledOn(service: string): Promise<{ version: string; deployments: number; tags: readonly string[] }> {
  const state = await workspace.service(service)
  return {
    version: await versionServed(workspace, service),
    deployments: state.deployments.length,
    tags: rolloutTags(state),
  }
}

// Most within one run's first looks and claim, where rivals can do harm.
const rounds = bulk('rounds of rival updates', { all: 10, sample: 2 })
const offsets = Array.from({ length: rounds }, (_, round) =>
  Math.round((round / rounds) ** 2 * 1500 + Math.random() * 60),
)

test('of two updates to different versions one goes first and the other follows or ends with a clear error', async (t) => {
  await workspace.done(workspace.deployment('rivals', 'diabetes:1'))
  const outcomes: string[] = []
  for (const offset of offsets) {
    const ended = await bothAtOnce('rivals', ['diabetes:2', 'diabetes:1'], offset)
    for (const { code, stderr } of ended) if (code !== 0) t.regex(stderr, /taken over|Another run is rolling out/)
    t.true(ended.some(({ code }) => code === 0))
    const settled = await settledOn('rivals')
    t.deepEqual({ ...settled, version: '' }, { version: '', deployments: 1, tags: [] })
    outcomes.push(
      `${offset} ms: ${ended.map(({ code, outputs }) => outputs.outcome ?? `exit ${code}`).join(' and ')}, ${settled.version} serves`,
    )
  }
  t.log(outcomes.join('; '))
})

test('of two updates to the same version both end well or one says that it was taken over, and one deployment serves', async (t) => {
  await workspace.done(workspace.deployment('twins', 'diabetes:1'))
  const outcomes: string[] = []
  for (const [index, offset] of offsets.entries()) {
    const version = index % 2 === 0 ? '2' : '1'
    const model = `diabetes:${version}`
    const ended = await bothAtOnce('twins', [model, model], offset)
    for (const { code, stderr } of ended) if (code !== 0) t.regex(stderr, /was taken over by/)
    t.true(ended.some(({ code }) => code === 0))
    t.deepEqual(await settledOn('twins'), { version, deployments: 1, tags: [] })
    outcomes.push(`${offset} ms: ${ended.map(({ code, outputs }) => outputs.outcome ?? `exit ${code}`).join(' and ')}`)
  }
  t.log(outcomes.join('; '))
})

test('the rollout of a run that died keeps others waiting for its lease, unless they are told to take over', async (t) => {
  await workspace.done(workspace.deployment('dead', 'diabetes:1'))
  const { child, ended } = await workspace.run(workspace.update('dead', 'diabetes:3'), {
    watcher: ({ request, response }) => {
      if (request.method === 'PUT' && /\/deployments\//.test(request.url ?? ''))
        response.once('finish', () => child.kill('SIGKILL'))
    },
  })
  t.is((await ended).signal, 'SIGKILL')

  const waiting = await workspace.cli([...workspace.update('dead', 'diabetes:2'), '--wait-seconds', '0'])
  t.is(waiting.code, 1)
  t.regex(
    waiting.stderr,
    /Error: Another run is rolling out "v3-\w+" on the endpoint "dead"; its lease lasts until \d{4}-/,
  )
  t.is((await workspace.service('dead')).deployments.length, 2)

  const over = await workspace.done([...workspace.update('dead', 'diabetes:2'), '--take-over'])
  t.like(over.outputs, { outcome: 'promoted', previousVersion: '1' })
  t.deepEqual(await settledOn('dead'), { version: '2', deployments: 1, tags: [] })
})

test('a run that wakes up after another took over stops, and takes away what it alone knows of', async (t) => {
  await workspace.done(workspace.deployment('sleeper', 'diabetes:1'))
  const asleep = manually()
  const { child, ended } = await workspace.run(workspace.update('sleeper', 'diabetes:2'), {
    watcher: ({ request, response }) => {
      if (request.method !== 'PUT' || !/\/deployments\//.test(request.url ?? '')) return
      response.once('finish', () => {
        child.kill('SIGSTOP')
        asleep.resolve()
      })
    },
  })
  await asleep.promise
  const over = workspace.cli([...workspace.update('sleeper', 'diabetes:3'), '--take-over'])
  const overEnded = await over
  t.is(overEnded.code, 3, overEnded.stderr)
  child.kill('SIGCONT')
  const woken = await ended
  t.is(woken.code, 1)
  t.regex(woken.stderr, /Error: The endpoint "sleeper" was taken over by/)
  t.deepEqual(await settledOn('sleeper'), { version: '1', deployments: 1, tags: [] })
})

/** A promise that is kept from outside. */
function manually(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
