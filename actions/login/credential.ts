import { assertNever, type SignIn } from '../../core/index.ts'
import { gitHubAssertion } from './oidc.ts'
import type { SignInSettings } from './settings.ts'
import { explained } from './trustFailure.ts'

interface Circumstances extends SignIn {
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The credential of one way to sign in. What goes wrong with it is told; no other way is tried. */
export async function credentialOf(settings: SignInSettings, circumstances: Circumstances) {
  const { authorityHost, custom } = circumstances
  const identity = await import('@azure/identity')
  const options = { authorityHost, disableInstanceDiscovery: custom }
  switch (settings.kind) {
    case 'oidc': {
      const { tenantId, clientId } = settings
      const assertion = gitHubAssertion({ ...circumstances, audience: settings.audience })
      // Asked for a new one at each sign-in: GitHub's tokens last minutes, and a rollout may wait for hours.
      const credential = new identity.ClientAssertionCredential(tenantId, clientId, assertion.get, options)
      return explained(credential, { settings, assertion })
    }
    case 'secret':
      return explained(
        new identity.ClientSecretCredential(settings.tenantId, settings.clientId, settings.clientSecret, options),
        { settings },
      )
    case 'managed-identity':
      return explained(
        new identity.ManagedIdentityCredential(settings.clientId === undefined ? {} : { clientId: settings.clientId }),
        { settings },
      )
    case 'azure-cli':
      return explained(
        new identity.AzureCliCredential(settings.tenantId === undefined ? {} : { tenantId: settings.tenantId }),
        { settings },
      )
    default:
      return assertNever(settings)
  }
}
