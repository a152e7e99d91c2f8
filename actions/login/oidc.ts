import { getIDToken } from '@actions/core'
import { UserError } from '../../core/index.ts'

/** Whom Entra expects GitHub's tokens to be for, by the host of its authority. */
const audiences: Readonly<Record<string, string>> = {
  'login.microsoftonline.us': 'api://AzureADTokenExchangeUSGov',
  'login.chinacloudapi.cn': 'api://AzureADTokenExchangeChina',
}

export interface Assertion {
  readonly get: () => Promise<string>
  /** The token that was had last. */
  readonly last: () => string | undefined
  /** Why the last one could not be had; the identity library keeps nothing but its words. */
  readonly failure: () => UserError | undefined
}

const freshMilliseconds = 10_000

/** Asks GitHub who this job is, in words that Entra believes; each sign-in gets a new token, masked already. */
export function gitHubAssertion(options: {
  readonly audience: string | undefined
  readonly authorityHost: string
  readonly environment: Readonly<Record<string, string | undefined>>
}): Assertion {
  const { authorityHost, environment } = options
  const audience = options.audience ?? audiences[new URL(authorityHost).host] ?? 'api://AzureADTokenExchange'
  let last: string | undefined
  let pending: { readonly token: Promise<string>; readonly since: number } | undefined
  let failure: UserError | undefined
  const fail = (error: UserError) => {
    failure = error
    return error
  }
  const ask = async () => {
    failure = undefined
    if (!environment.ACTIONS_ID_TOKEN_REQUEST_URL || !environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN)
      throw fail(
        new UserError('This job may not ask GitHub for a token to sign in with.', {
          hint: 'Add `permissions: { id-token: write, contents: read }` to the job. Workflows started by a pull request from a fork are never given one.',
        }),
      )
    try {
      last = await getIDToken(audience)
      return last
    } catch (cause) {
      throw fail(new UserError(`GitHub did not issue a token for ${audience}: ${reasonOf(cause)}`, { cause }))
    }
  }
  // One sign-in asks more than once; GitHub's tokens are good for five minutes, and each answer takes its time.
  const get = () => {
    if (!pending || performance.now() - pending.since > freshMilliseconds)
      pending = { token: ask(), since: performance.now() }
    return pending.token
  }
  return { get, last: () => last, failure: () => failure }
}

/** The library's message comes with several lines of labels. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/^Error message: Failed to get ID Token\./, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
