import type { WorkspaceIdentity } from './workspaceIdentity.ts'

/** What clients need to know, as environment variables: secrets, for the owner only. */
export function clientVariables(options: {
  readonly identity: WorkspaceIdentity
  readonly url: string
  readonly caFile: string
}): Readonly<Record<string, string>> {
  const { identity, url, caFile } = options
  return {
    AZURE_TENANT_ID: identity.tenantId,
    AZURE_CLIENT_ID: identity.clientId,
    AZURE_CLIENT_SECRET: identity.clientSecret,
    NODE_EXTRA_CA_CERTS: caFile,
    // Where a proxy is set, requests to this machine must not go there.
    NO_PROXY: '127.0.0.1,localhost',
    AZUREML_CD_CLOUD: url,
    AZUREML_CD_SUBSCRIPTION_ID: identity.subscriptionId,
    AZUREML_CD_RESOURCE_GROUP: identity.resourceGroup,
    AZUREML_CD_WORKSPACE: identity.workspace,
    AZUREML_CD_EMULATOR_TOKEN: identity.controlToken,
  }
}
