import { failureReasons, steppedBack } from './requestFigures.ts'
import type { Exchange } from './scoringClient.ts'

export interface RolloutFinding {
  readonly from: string
  readonly to: string
  readonly outcome: string
  readonly exitCode: number
  readonly seconds: number
  /** Requests of the client that came to an end meanwhile. */
  readonly requests: number
}

/** What the demonstration has found so far. */
export interface Findings {
  /** The versions that were made, not those that were there already. */
  readonly registered: { readonly name: string; readonly version: string }[]
  readonly rollouts: RolloutFinding[]
  /** What each sweep told: newest version and state. */
  readonly watched: string[]
  /** As served, of one version after the other. */
  readonly rSquared: number[]
  exchanges: readonly Exchange[]
  /** What the service has after the last rollout. */
  deployments: readonly string[]
  /** The version that the last sweep found to be served. */
  served: string | undefined
  /** What came of registering version 2's content again. */
  sameContent: { readonly version: string; readonly changed: boolean } | undefined
}

export function noFindings(): Findings {
  return {
    ...{ registered: [], rollouts: [], watched: [], rSquared: [] },
    ...{ exchanges: [], deployments: [], served: undefined, sameContent: undefined },
  }
}

/** What the demonstration promises to show, and what was found instead where that is not so. */
export interface Promised {
  readonly text: string
  readonly broken: string | undefined
}

export function promises(findings: Findings): readonly Promised[] {
  const { registered, rollouts, watched, rSquared, exchanges, deployments, served, sameContent } = findings
  const versions = registered.map(({ version }) => version).join(', ')
  const outcomes = rollouts.map(({ from, to, outcome, exitCode }) => `${from} → ${to} ${outcome} (exit ${exitCode})`)
  const quiet = rollouts.filter(({ requests }) => requests === 0).length
  const back = steppedBack(exchanges)
  const answered = new Set(exchanges.flatMap(({ version }) => version ?? []))
  const last = exchanges.at(-1)
  const [first = Number.NaN, second = Number.NaN] = rSquared
  const isTrue = (text: string, held: boolean, found: string): Promised => ({ text, broken: held ? undefined : found })
  return [
    isTrue('Versions 1, 2 and 3 were registered.', versions === '1, 2, 3', `Registered: ${versions || 'none'}.`),
    isTrue(
      'The content of version 2, registered again, made no new version.',
      sameContent?.changed === false && sameContent.version === '2',
      sameContent ? `It is version ${sameContent.version}, made now: ${sameContent.changed}.` : 'It was not tried.',
    ),
    isTrue(
      'watch told of versions 2 and 3 when they were new, and did not offer 3 again after it was refused.',
      watched.join(', ') === '2 new, 3 new, 3 refused',
      `It told: ${watched.join(', ') || 'nothing'}.`,
    ),
    isTrue(
      'update promoted version 2 and refused version 3.',
      outcomes.join(', ') === '1 → 2 promoted (exit 0), 2 → 3 refused (exit 3)',
      `Rollouts: ${outcomes.join(', ') || 'none'}.`,
    ),
    isTrue('Version 2 is the better one.', second > first, `R² was ${first}, then ${second}.`),
    isTrue(
      'No request failed, before, during and after the rollouts.',
      exchanges.length > 0 && quiet === 0 && failureReasons(exchanges).length === 0,
      failureReasons(exchanges).join(', ') || `During ${quiet} rollouts no request was sent.`,
    ),
    isTrue(
      'Version 1 answered, then version 2 and never version 1 again; version 3 answered nobody.',
      back === 0 && [...answered].join(', ') === '1, 2',
      `Answered: ${[...answered].join(', ') || 'none'}; ${back} requests went back to an older version.`,
    ),
    isTrue(
      'At the end version 2 serves, and nothing else is deployed.',
      served === '2' && last?.version === '2' && deployments.join(', ') === last.deployment,
      `watch: ${served}; last answer: ${last?.version}; deployments: ${deployments.join(', ') || 'none'}.`,
    ),
  ]
}
