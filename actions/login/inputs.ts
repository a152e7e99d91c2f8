import { checkedText, choice, guid, optional, secretText, text } from '../../core/index.ts'

/** How a step signs in; every action has these inputs besides those of its operation. */
export const signInInputs = {
  auth: choice(
    ['from-inputs', 'oidc', 'secret', 'creds', 'managed-identity', 'azure-cli'],
    'How to sign in. from-inputs takes what is given: creds, else client-secret, else OIDC. managed-identity is for self-hosted runners, azure-cli for a session that azure/login has opened. What is chosen is used or fails; nothing else is tried.',
  ),
  clientId: optional(checkedText(guid, 'Application (client) id to sign in as.', 'GUID')),
  tenantId: optional(checkedText(guid, 'Entra tenant of the application.', 'GUID')),
  clientSecret: optional(secretText('Secret of the application. OIDC needs none.')),
  creds: optional(
    secretText(
      'JSON with clientId, clientSecret, tenantId and subscriptionId, as `az ad sp create-for-rbac --json-auth` prints it.',
    ),
  ),
  audience: optional(
    text('Audience of the token that GitHub issues for OIDC. Default: the one that Entra expects in this cloud.'),
  ),
} as const
