import type { SignIn } from './host.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The credential that the environment describes: a service principal (`AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and
 * `AZURE_CLIENT_SECRET`, `AZURE_CLIENT_CERTIFICATE_PATH` or `AZURE_FEDERATED_TOKEN_FILE`), the machine's managed identity
 * when `AZURE_TOKEN_CREDENTIALS` says `ManagedIdentityCredential`, else the session of `az login`.
 */
export async function credentialFrom(environment: Environment, { authorityHost, custom }: SignIn) {
  const identity = await import('@azure/identity')
  const options = { authorityHost, disableInstanceDiscovery: custom }
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = environment
  if (tenant && client) {
    const {
      AZURE_CLIENT_SECRET: secret,
      AZURE_CLIENT_CERTIFICATE_PATH: certificatePath,
      AZURE_CLIENT_CERTIFICATE_PASSWORD: certificatePassword,
      AZURE_FEDERATED_TOKEN_FILE: tokenFilePath,
    } = environment
    if (secret) return new identity.ClientSecretCredential(tenant, client, secret, options)
    if (certificatePath)
      return new identity.ClientCertificateCredential(
        tenant,
        client,
        { certificatePath, ...(certificatePassword ? { certificatePassword } : {}) },
        options,
      )
    if (tokenFilePath)
      return new identity.WorkloadIdentityCredential({ ...options, tenantId: tenant, clientId: client, tokenFilePath })
  }
  if (environment.AZURE_TOKEN_CREDENTIALS === 'ManagedIdentityCredential')
    return new identity.ManagedIdentityCredential(client ? { clientId: client } : {})
  return new identity.AzureCliCredential()
}
