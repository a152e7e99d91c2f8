import type { Outcome } from '../core/index.ts'

/** What a step ends with. The runner tells only zero from the rest; a person who runs the file sees more. */
export const exitCodes = { done: 0, failed: 1, 'bad-input': 2, refused: 3 } as const satisfies Record<
  Outcome['kind'],
  number
>
