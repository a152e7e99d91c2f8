import { UserError } from '../../core/index.ts'
import { federatedCredentialAdvice, type TokenClaims } from './federatedCredential.ts'
import type { Assertion } from './oidc.ts'
import type { SignInSettings } from './settings.ts'

interface Credential<Arguments extends readonly unknown[], Token> {
  getToken(...args: Arguments): Promise<Token>
}

/** Entra's numbers for "no federated credential of the application is like this token". */
const trustFailures = /AADSTS(70021|700211|700212|700213|7002138|7002120|700024)\b/

/** The same credential, whose failures say what to do about them. */
export function explained<Arguments extends readonly unknown[], Token>(
  credential: Credential<Arguments, Token>,
  context: { readonly settings: SignInSettings; readonly assertion?: Assertion },
): Credential<Arguments, Token> {
  const { settings, assertion } = context
  return {
    async getToken(...args) {
      try {
        return await credential.getToken(...args)
      } catch (failure) {
        if (!(failure instanceof Error)) throw failure
        const own = assertion?.failure()
        if (own) throw own
        const token = assertion?.last()
        const claims = token === undefined ? undefined : claimsOf(token)
        if (settings.kind === 'oidc' && claims && trustFailures.test(failure.message))
          throw new UserError(
            `Entra does not trust this job: ${firstSentence(failure.message)}\n${federatedCredentialAdvice(settings.clientId, claims)}`,
            { cause: failure },
          )
        const advice = unavailable(settings, failure)
        throw advice === undefined ? failure : new UserError(advice.message, { hint: advice.hint, cause: failure })
      }
    },
  }
}

function unavailable(settings: SignInSettings, failure: Error): { message: string; hint: string } | undefined {
  if (failure.name !== 'CredentialUnavailableError' && settings.kind !== 'azure-cli') return undefined
  if (settings.kind === 'managed-identity')
    return {
      message: `This runner has no managed identity to sign in with: ${firstSentence(failure.message)}`,
      hint: 'auth: managed-identity is for self-hosted runners on Azure that have one; with several, client-id says which.',
    }
  if (settings.kind === 'azure-cli')
    return {
      message: `There is no session of the Azure CLI to sign in with: ${firstSentence(failure.message)}`,
      hint: 'auth: azure-cli uses what an azure/login step before this one has opened. OIDC needs no such step.',
    }
  return undefined
}

function firstSentence(message: string): string {
  const described = /AADSTS\d+: [^\r\n]*?(?= Trace ID| Correlation ID|$)/m.exec(message)?.[0]
  const text = (described ?? message.split('\n')[0] ?? '').trim()
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** What a token says of itself; it is for Entra to check that. */
function claimsOf(token: string): TokenClaims | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (typeof payload !== 'object' || payload === null) return undefined
    const claim = (name: string) => {
      const value: unknown = Reflect.get(payload, name)
      return typeof value === 'string' ? value : undefined
    }
    const [issuer, subject, audience] = [claim('iss'), claim('sub'), claim('aud')]
    if (issuer === undefined || subject === undefined || audience === undefined) return undefined
    return { issuer, subject, audience, workflow: claim('job_workflow_ref'), environment: claim('environment') }
  } catch {
    return undefined
  }
}
