import type { TokenCredential } from '@azure/core-auth'
import type { Clock } from '../../azure/clock.ts'
import type { SecretReference } from '../../config/secretReference.ts'
import type { Sender } from './sender.ts'

/** Reads a secret where it is kept; asked before each use, so that a rotated secret is taken up. */
export type ReadSecret = (reference: SecretReference) => Promise<string>

/** What a destination needs of the place it runs in. */
export interface Surroundings {
  readonly name: string
  readonly sender: Sender
  readonly readSecret: ReadSecret
  /** The relay's own Entra identity, for destinations that are given no token of their own. */
  readonly credential: () => Promise<TokenCredential>
  readonly clock: Clock
}
