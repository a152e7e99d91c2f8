interface Failure {
  readonly status: number | undefined
  readonly code: string | undefined
  readonly reason: string
}

interface Rule {
  readonly status?: number
  readonly code?: RegExp
  readonly reason?: RegExp
  readonly hint: string
}

/** The first rule whose every condition holds gives the hint. */
const rules: readonly Rule[] = [
  // Sign-in: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
  { reason: /AADSTS7000222/, hint: 'The client secret has expired: create a new one for the app registration.' },
  {
    reason: /AADSTS7000215/,
    hint: 'The client secret is wrong: use the value of the secret, not its id, and the app registration it belongs to.',
  },
  {
    reason: /AADSTS90002|AADSTS900023/,
    hint: 'The tenant does not exist in this cloud: check the tenant id and the cloud.',
  },
  { reason: /AADSTS700016/, hint: 'The client id is not known in this tenant: check the client id and the tenant id.' },
  {
    reason: /AADSTS70021\b|AADSTS700213|AADSTS700211/,
    hint: 'No federated credential of the app registration matches this pipeline: compare its issuer, subject and audience with those in the message.',
  },
  { reason: /AADSTS700024/, hint: 'The federated token has expired: ask for a new one just before signing in.' },
  {
    reason: /AADSTS5000[57]\d|AADSTS53003/,
    hint: 'An access rule of the tenant refused the sign-in; it names a condition that this machine does not meet.',
  },
  { reason: /AADSTS500011/, hint: 'This cloud does not know the resource that was asked for: check the cloud.' },
  {
    code: /CredentialUnavailable/,
    hint: 'No way to sign in was found: sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
  },
  // Connections
  {
    code: /ENOTFOUND|EAI_AGAIN/,
    hint: 'The name could not be resolved: check the cloud and its endpoint, the network and its proxy.',
  },
  {
    code: /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH/,
    hint: 'Nothing answers there: check the endpoint, the network and its proxy.',
  },
  {
    code: /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    hint: 'The certificate is not trusted by this machine: set NODE_EXTRA_CA_CERTS to the file with its certificate authority.',
  },
  // Roles
  {
    code: /AuthorizationPermissionMismatch/,
    hint: 'The identity needs the role "Storage Blob Data Contributor" on the storage account.',
  },
  {
    code: /KeyBasedAuthenticationNotPermitted/,
    hint: 'The storage account refuses keys: let the datastore use the identity of the user, and give that the role "Storage Blob Data Contributor".',
  },
  {
    code: /AuthorizationFailure/,
    hint: 'The storage account refuses this network: check its firewall and private endpoints.',
  },
  {
    code: /LinkedAuthorizationFailed/,
    hint: 'The identity may not use a resource that this one refers to: give it a role there too.',
  },
  {
    status: 401,
    hint: 'The token was not accepted: check that the identity belongs to the tenant of the subscription, and the cloud.',
  },
  { status: 403, hint: 'The identity needs the role "AzureML Data Scientist" (or "Contributor") on the workspace.' },
  // Names
  {
    status: 404,
    code: /SubscriptionNotFound|InvalidSubscriptionId/,
    hint: 'Check the subscription id, and that the identity may see that subscription.',
  },
  { status: 404, code: /ResourceGroupNotFound/, hint: 'Check the resource group and the subscription id.' },
  { status: 404, reason: /workspaces\//i, hint: 'Check the workspace, the resource group and the subscription id.' },
  {
    code: /InvalidApiVersion|NoRegisteredProviderFound/,
    hint: 'This cloud does not know the api-version: choose an older one with the api-version input.',
  },
  // Limits
  {
    reason: /quota/i,
    hint: 'Ask for more quota, free some by removing deployments, or choose another instance type or a smaller instance count.',
  },
  { status: 429, hint: 'Azure asks for fewer requests: run fewer pipelines at the same time, or run again later.' },
  { status: 409, reason: /provisioning state/i, hint: 'Another change is under way: run again when it is done.' },
  { status: 409, hint: 'Somebody else changed this meanwhile: run again.' },
  { status: 413, hint: 'The request is too large.' },
  { reason: /container has crashed|ResourceNotReady|probe failed/i, hint: 'The log of the container says why.' },
]

/** What the user may try, for failures whose cause is known; undefined for others. */
export function hintFor({ status, code, reason }: Failure): string | undefined {
  return rules.find(
    (rule) =>
      (rule.status === undefined || rule.status === status) &&
      (rule.code === undefined || rule.code.test(code ?? '')) &&
      (rule.reason === undefined || rule.reason.test(`${code ?? ''} ${reason}`)),
  )?.hint
}
