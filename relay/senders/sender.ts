import { Refusal } from '../answers.ts'
import type { SenderProof } from '../settings.ts'
import { entraCheck, type FetchKeys } from './entra.ts'
import { sameSecret } from './sameSecret.ts'

/** Resolves when a request comes from whom it should. @throws Refusal (401, 403) for another; other errors are ours */
export type SenderCheck = (request: Request) => Promise<void>

/** Where a key may stand: a header, as an event subscription's delivery property sets it, or the address. */
export const keyHeader = 'x-azureml-cd-key'
export const keyParameter = 'key'

export function senderCheck(proof: SenderProof, fetchKeys?: FetchKeys): SenderCheck {
  switch (proof.kind) {
    case 'entra':
      return entraCheck(proof, fetchKeys)
    case 'key':
      return async (request) => {
        const given = request.headers.get(keyHeader) ?? new URL(request.url).searchParams.get(keyParameter)
        if (given === null) throw new Refusal(401, `The header ${keyHeader} is missing.`)
        // Every key is compared, so that the time does not tell which one it was.
        if (!proof.keys.map((key) => sameSecret(given, key)).includes(true)) throw new Refusal(401, 'The key is wrong.')
      }
  }
}
