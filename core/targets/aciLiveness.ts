import { anySuccess } from '../config/requestSchema.ts'
import type { ScoringRequest } from '../config/requests.ts'
import { type Scoring, sendProbes } from '../rollout/probes.ts'
import type { Connection } from '../workspace/connection.ts'

const liveness: ScoringRequest = {
  ...{ name: 'liveness', method: 'GET', path: '/', headers: {}, body: { kind: 'none' } },
  ...{ expect: anySuccess, position: { file: 'liveness', line: 1 } },
}

/**
 * Waits a minute at most until a group that Azure says runs answers: its gate is there before its scoring server has
 * loaded the model. Whoever cannot reach it, because it is in a network of its own, does not wait. Proves nothing.
 */
export async function untilAnswers(connection: Connection, scoring: Scoring): Promise<void> {
  await sendProbes({ connection, scoring, requests: [liveness], patienceSeconds: 60, reconnectSeconds: 3 })
}
