import { Scorer, versionServed } from '../operations/scorer.ts'
import {
  type RunOptions,
  rolloutTags,
  type ServiceState,
  type Watcher,
  type WorkspaceUnderTest,
} from '../operations/workspaceUnderTest.ts'

/** When a process is killed. */
type Moment =
  /** As its n-th request to the resource manager arrives: it takes effect and nobody hears of it. */
  | { readonly kind: 'arrived'; readonly request: number }
  /** As its n-th request arrives, which is lost with it. */
  | { readonly kind: 'lost'; readonly request: number }
  /** When its n-th request has been answered. */
  | { readonly kind: 'answered'; readonly request: number }
  | { readonly kind: 'after'; readonly milliseconds: number }

type Work = 'update' | 'refused update' | 'first deploy' | 'refused first deploy'

export interface KillPoint {
  readonly label: string
  readonly work: Work
  /** When the first run is killed, when the run after it, and so on; the run after the last is left alone. */
  readonly moments: readonly Moment[]
}

// How many requests a run of each sends, about; a run that ends before its kill shows that nothing was left to kill.
const requestsSent: Readonly<Record<Work, number>> = {
  update: 34,
  'refused update': 33,
  'first deploy': 42,
  'refused first deploy': 42,
}
const milliseconds = 1_600

/** The same points in every run; fewer are an even selection of the fifty. */
export function killPoints(count: number): readonly KillPoint[] {
  const random = seeded(20_261_122)
  const works: readonly Work[] = [
    ...Array<Work>(24).fill('update'),
    ...Array<Work>(14).fill('refused update'),
    ...Array<Work>(8).fill('first deploy'),
    ...Array<Work>(4).fill('refused first deploy'),
  ]
  const all = works.map((work, index): KillPoint => {
    const same = works.filter((other) => other === work).length
    const first = works.indexOf(work)
    // Spread over the whole rollout: each point of a kind of work falls into its own part of it.
    const share = (index - first + random()) / same
    const moments = [momentAt(share, requestsSent[work], random())]
    while (random() < 0.3 && moments.length < 3) moments.push(momentAt(random(), requestsSent[work], random()))
    return { work, moments, label: `${work} ${moments.map(textOf).join(' then ')}` }
  })
  return all.filter((_, index) => Math.floor((index * count) / 50) !== Math.floor(((index - 1) * count) / 50))
}

function momentAt(share: number, requests: number, choice: number): Moment {
  const request = 1 + Math.floor(share * requests)
  if (choice < 0.4) return { kind: 'arrived', request }
  if (choice < 0.55) return { kind: 'lost', request }
  if (choice < 0.85) return { kind: 'answered', request }
  return { kind: 'after', milliseconds: Math.round(200 + share * milliseconds) }
}

function textOf(moment: Moment): string {
  return moment.kind === 'after' ? `after ${moment.milliseconds} ms` : `${moment.kind} ${moment.request}`
}

/** Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

let services = 0

/** Begins the work, kills it and runs it again as the point says, and answers with everything that is wrong at the end. */
export async function runKilled(
  workspace: WorkspaceUnderTest,
  lane: string,
  { label, work, moments }: KillPoint,
): Promise<{ readonly problems: readonly string[]; readonly killed: number }> {
  services += 1
  const first = work === 'first deploy' || work === 'refused first deploy'
  const service = first ? `first-${services}` : lane
  const before = first ? undefined : await versionServed(workspace, service)
  const version = work === 'update' ? (before === '1' ? '2' : '1') : work === 'first deploy' ? '1' : '3'
  const model = `diabetes:${version}`
  const args = first ? workspace.deployment(service, model) : workspace.update(service, model)
  const scorer = first ? undefined : await Scorer.start(workspace, service)
  let killed = 0
  for (const moment of moments) {
    const ended = await killedAt(workspace, args, moment)
    if (ended.signal === 'SIGKILL') killed += 1
  }
  const last = await workspace.cli(args)
  await scorer?.stop()

  const problems = [...(scorer?.failures ?? [])]
  const code = { update: 0, 'refused update': 3, 'first deploy': 0, 'refused first deploy': 1 }[work]
  if (last.code !== code) problems.push(`exit code ${last.code} instead of ${code}: ${last.stderr}`)
  const state = await workspace.service(service)
  const serving = work === 'refused first deploy' ? 0 : 1
  problems.push(...wrongWith(state, serving))
  if (serving === 1) {
    const served = await versionServed(workspace, service)
    const expected = work === 'refused update' ? before : version
    if (served !== expected) problems.push(`version ${served} serves instead of ${expected}`)
  }
  if (first) await workspace.client.arm('DELETE', `onlineEndpoints/${service}`)
  return { killed, problems: problems.map((problem) => `${label} on ${service}: ${problem}`) }
}

async function killedAt(workspace: WorkspaceUnderTest, args: readonly string[], moment: Moment) {
  const target: { kill: () => void } = { kill: () => undefined }
  const watcher: Watcher = ({ request, response, number }) => {
    if (moment.kind === 'after' || number !== moment.request) return
    if (moment.kind === 'answered') response.once('finish', target.kill)
    else target.kill()
    if (moment.kind === 'lost') request.socket.destroy()
  }
  const options: RunOptions = { watcher }
  const { child, ended } = await workspace.run(args, options)
  target.kill = () => void child.kill('SIGKILL')
  if (moment.kind !== 'after') return ended
  const timer = setTimeout(target.kill, moment.milliseconds)
  return ended.finally(() => clearTimeout(timer))
}

/** One deployment with all the traffic and nothing else, or nothing at all; and no trace of a rollout. */
function wrongWith({ traffic, tags, deployments }: ServiceState, serving: number): readonly string[] {
  const problems: string[] = []
  const names = deployments.map(({ name }) => name)
  const shares = Object.entries(traffic).filter(([, percentage]) => percentage > 0)
  if (names.length !== serving) problems.push(`the deployments are ${names.join(', ') || 'none'}`)
  if (shares.length !== serving || shares.some(([name, share]) => share !== 100 || !names.includes(name)))
    problems.push(`the traffic is ${JSON.stringify(traffic)}`)
  const left = rolloutTags({ tags })
  if (left.length > 0) problems.push(`the endpoint still has the tags ${left.join(', ')}`)
  return problems
}
