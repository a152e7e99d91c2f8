import { z } from 'zod'
import { anyText, section, textField, wholeNumber } from './fields.ts'
import { templateField } from './orderTemplate.ts'
import { secretField } from './secretReference.ts'

const httpsAllowed = 'an address that begins with https:// and carries no user name is required'

/** Plain http is for what runs on the same machine; whether it may lead there is decided when it is connected to. */
const httpsAddress = z.string(httpsAllowed).refine((text) => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
}, httpsAllowed)

/** What every kind may say. */
const everywhere = {
  /** Addresses of this machine and of private networks are connected to only where this is said. */
  allowPrivateAddresses: z.boolean('true or false is allowed').optional(),
}

const repositoryAllowed = 'a repository as "owner/name" is required'
const repository = z.string(repositoryAllowed).regex(/^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/, repositoryAllowed)

const githubAuthAllowed = 'an object with one key is allowed, either "token" or "app"'
const githubAuth = z.union(
  [
    section({ token: secretField }).transform(({ token }) => ({ kind: 'token' as const, token })),
    section({
      app: section({
        id: wholeNumber(1),
        privateKey: secretField,
        installationId: wholeNumber(1).optional(),
      }),
    }).transform(({ app }) => ({ kind: 'app' as const, ...app })),
  ],
  githubAuthAllowed,
)

const github = {
  ...everywhere,
  repository,
  auth: githubAuth,
  /** For GitHub Enterprise Server: https://HOST/api/v3. */
  api: httpsAddress.optional(),
  /** The workflow's run-name holds the key of the order, so that its run can be found. */
  runNameHoldsKey: z.boolean('true or false is allowed').optional(),
}

const eventType = z
  .string('a text of 1 to 100 characters is required')
  .min(1, 'a text of 1 to 100 characters is required')
  .max(100, 'a text of 1 to 100 characters is required')

const githubDispatch = section({ kind: z.literal('github-dispatch'), ...github, eventType: eventType.optional() })

const workflowAllowed = 'the name of a workflow file, such as "deploy.yml", or its number, is required'

const githubWorkflow = section({
  kind: z.literal('github-workflow'),
  ...github,
  /** A file's name, such as deploy.yml, or a number. */
  workflow: z.union([z.string().regex(/^[\w-][\w.-]*\.ya?ml$/), z.int().min(1)], workflowAllowed),
  /** The branch or tag whose workflow runs. */
  ref: textField,
  inputs: z.record(z.string(), templateField, 'an object of texts is allowed').optional(),
})

const organizationAllowed =
  'the name of an organization, or the https address of one or of a server collection, is required'
const organization = z.union([z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,49}$/), httpsAddress], organizationAllowed)

const projectAllowed = 'the name or the id of a project is required'
// A path segment of dots would lead to another address.
const projectName = z.string(projectAllowed).regex(/^(?!\.)[^/\\?#]{1,64}$/, projectAllowed)

const azureDevOps = {
  ...everywhere,
  organization,
  project: projectName,
  /** A personal access token; without it the relay signs in with its own Entra identity. */
  token: secretField.optional(),
}

const azureRelease = section({
  kind: z.literal('azure-release'),
  ...azureDevOps,
  /** The number of the release definition. */
  definition: wholeNumber(1),
  /** The alias of the model artifact in the definition. */
  artifact: textField,
  variables: z.record(z.string(), templateField, 'an object of texts is allowed').optional(),
})

const azurePipeline = section({
  kind: z.literal('azure-pipeline'),
  ...azureDevOps,
  /** The number of the pipeline. */
  pipeline: wholeNumber(1),
  ref: textField.optional(),
  /** Template parameters that the pipeline declares. */
  parameters: z.record(z.string(), templateField, 'an object of texts is allowed').optional(),
})

const headerNameAllowed = 'the name of an HTTP header is required'
const signed = {
  secret: secretField,
  /** The header that carries the signature, as it is named where it is checked. */
  header: z
    .string(headerNameAllowed)
    .regex(/^[A-Za-z0-9-]{1,100}$/, headerNameAllowed)
    .optional(),
}

const webhookAllowed =
  'the name that the service connection gives the webhook is required: letters, digits, "-" and "_"'

const incomingWebhook = section({
  kind: z.literal('incoming-webhook'),
  ...everywhere,
  organization,
  /** The name of the webhook in its service connection. */
  webhook: z.string(webhookAllowed).regex(/^[\w-]{1,200}$/, webhookAllowed),
  ...signed,
})

const releaseArtifact = section({
  kind: z.literal('release-artifact'),
  ...everywhere,
  /** The server's address when it is not Azure DevOps Services. */
  organization: organization.optional(),
  /** Whoever knows this address may start releases: it is kept as a secret. */
  payloadUrl: secretField,
  ...signed,
})

const webhook = section({
  kind: z.literal('webhook'),
  ...everywhere,
  url: httpsAddress,
  /** As Standard Webhooks writes it: base64, with or without `whsec_` in front. */
  secret: secretField,
})

const kinds = [
  githubDispatch,
  githubWorkflow,
  azureRelease,
  azurePipeline,
  incomingWebhook,
  releaseArtifact,
  webhook,
] as const

const kindAllowed = `an object with the key "kind" is required, which is ${kinds.map((one) => one.shape.kind.value).join(', ')}`

/** One destination of triggers.yml, by its kind. */
export const destinationSchema = z.discriminatedUnion('kind', kinds, kindAllowed)

/** The destinations of triggers.yml, by name. */
export const destinationsSchema = z.record(
  anyText.min(1, 'a name is required'),
  destinationSchema,
  'an object is required',
)

export type DestinationConfig = z.output<typeof destinationSchema>
export type DestinationConfigOf<Kind extends DestinationConfig['kind']> = Extract<DestinationConfig, { kind: Kind }>
export type GitHubAuth = DestinationConfigOf<'github-dispatch'>['auth']
