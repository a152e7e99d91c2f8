import * as identity from '@azure/identity'
import { assertNever, InputError, type SignIn } from '../core/index.ts'
import { agent } from './agent.ts'
import type { AzureConnection } from './connection.ts'

/** What the host knows beside the connection. */
interface Surroundings {
  readonly signIn: SignIn
  /** The token of the job. */
  readonly accessToken: string | undefined
  /** Where the agent's server gives out tokens for federation. */
  readonly oidcRequestUri: string | undefined
  readonly secret: (value: string) => void
}

/** The credential of a service connection. Tokens, and what they are had with, are asked for again as they expire. */
export function credentialOf({ id, signInBy }: AzureConnection, surroundings: Surroundings) {
  const { authorityHost, custom } = surroundings.signIn
  const options = { authorityHost, disableInstanceDiscovery: custom }
  switch (signInBy.kind) {
    case 'secret':
      return new identity.ClientSecretCredential(signInBy.tenantId, signInBy.clientId, signInBy.secret, options)
    case 'certificate':
      return new identity.ClientCertificateCredential(
        signInBy.tenantId,
        signInBy.clientId,
        { certificate: signInBy.pem },
        options,
      )
    case 'managed identity':
      return new identity.ManagedIdentityCredential(
        signInBy.clientId === undefined ? {} : { clientId: signInBy.clientId },
      )
    case 'federation':
      return federated(id, signInBy, options, surroundings)
    default:
      return assertNever(signInBy)
  }
}

/** What a token says of itself, which is no secret. */
interface Presented {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
}

/** Signs in with tokens of Azure DevOps for this connection; a refusal says what would have to be trusted. */
function federated(
  id: string,
  { tenantId, clientId }: { readonly tenantId: string; readonly clientId: string },
  options: identity.AzurePipelinesCredentialOptions,
  { accessToken, oidcRequestUri, secret }: Surroundings,
) {
  if (accessToken === undefined)
    throw new InputError(agent.message('NoJobToken'), { hint: agent.message('NoJobTokenHint') })
  if (oidcRequestUri === undefined)
    throw new InputError(agent.message('NoOidcAddress'), { hint: agent.message('NoOidcAddressHint') })
  let presented: Presented | undefined
  const credential = new identity.AzurePipelinesCredential(tenantId, clientId, id, accessToken, {
    ...options,
    additionalPolicies: [
      {
        position: 'perCall',
        policy: {
          name: 'rememberWhatIsPresented',
          async sendRequest(request, next) {
            const response = await next(request)
            if (!request.url.startsWith(oidcRequestUri)) return response
            const token = tokenIn(response.bodyAsText)
            if (token === undefined) return response
            secret(token)
            presented = presentedBy(token)
            return response
          },
        },
      },
    ],
  })
  return {
    async getToken(scopes: string | string[], request?: Parameters<typeof credential.getToken>[1]) {
      try {
        return await credential.getToken(scopes, request)
      } catch (cause) {
        if (!(cause instanceof Error && /AADSTS/.test(cause.message)) || !presented) throw cause
        const { issuer, subject, audience } = presented
        const advice = agent.message('FederationNotTrusted', clientId, tenantId, issuer, subject, audience)
        // Before the ids that Entra ends its messages with.
        throw new Error(
          cause.message.replace(/(?= Trace ID:)|$/, () => ` ${advice}`),
          { cause },
        )
      }
    },
  }
}

function tokenIn(body: string | null | undefined): string | undefined {
  try {
    const { oidcToken } = JSON.parse(body ?? '')
    return typeof oidcToken === 'string' ? oidcToken : undefined
  } catch {
    return undefined
  }
}

function presentedBy(token: string): Presented | undefined {
  try {
    const { iss, sub, aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return { issuer: String(iss), subject: String(sub), audience: String(aud) }
  } catch {
    return undefined
  }
}
