import { getIDToken } from '@actions/core'
import { UserError } from '../../core/index.ts'

/** Whom Entra expects GitHub's tokens to be for, by the host of its authority. */
const audiences: Readonly<Record<string, string>> = {
  'login.microsoftonline.us': 'api://AzureADTokenExchangeUSGov',
  'login.chinacloudapi.cn': 'api://AzureADTokenExchangeChina',
}

/** Asks GitHub who this job is, in words that Entra believes; each `get` is a new token, masked already. */
export function gitHubAssertion(options: {
  readonly audience: string | undefined
  readonly authorityHost: string
  readonly environment: Readonly<Record<string, string | undefined>>
}): { readonly get: () => Promise<string>; readonly last: () => string | undefined } {
  const { authorityHost, environment } = options
  const audience = options.audience ?? audiences[new URL(authorityHost).host] ?? 'api://AzureADTokenExchange'
  let last: string | undefined
  const get = async () => {
    if (!environment.ACTIONS_ID_TOKEN_REQUEST_URL || !environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN)
      throw new UserError('This job may not ask GitHub for a token to sign in with.', {
        hint: 'Add `permissions: { id-token: write, contents: read }` to the job. Workflows started by a pull request from a fork are never given one.',
      })
    try {
      last = await getIDToken(audience)
      return last
    } catch (cause) {
      throw new UserError(`GitHub did not issue a token for ${audience}: ${reasonOf(cause)}`, { cause })
    }
  }
  return { get, last: () => last }
}

/** The library's message comes with several lines of labels. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/^Error message: Failed to get ID Token\./, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
