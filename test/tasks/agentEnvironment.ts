import { join } from 'node:path'

/** A service connection as Azure DevOps keeps it. */
export interface ServiceConnection {
  readonly id: string
  readonly url: string
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
}

/** Of the job's own connection to Azure DevOps. */
export const jobToken = 'job-access-token-of-this-run'

/** A connection that no one signs in with. */
export const unusedConnection: ServiceConnection = {
  id: '2b1f0000-1111-4222-8333-444444444444',
  url: 'https://management.azure.com/',
  scheme: 'ServicePrincipal',
  parameters: { tenantid: 'tenant', serviceprincipalid: 'client', serviceprincipalkey: 'principal-key-0f-tests' },
  data: { environment: 'AzureCloud', scopeLevel: 'Subscription' },
}

/**
 * The variables an agent starts a task with: those of its inputs, endpoints and job (azure-devops.md 4), and the few of
 * the machine. Folders are those of one job.
 */
export function agentEnvironment(job: {
  readonly folder: string
  readonly inputs: Readonly<Record<string, string>>
  readonly connection?: ServiceConnection | undefined
  readonly variables?: Readonly<Record<string, string>> | undefined
  readonly secretVariables?: Readonly<Record<string, string>> | undefined
}): Readonly<Record<string, string>> {
  const { folder, inputs, connection, variables = {}, secretVariables = {} } = job
  const sources = join(folder, 's')
  return {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    AGENT_TEMPDIRECTORY: join(folder, '_temp'),
    AGENT_WORKFOLDER: folder,
    AGENT_VERSION: '4.265.1',
    AGENT_JOBSTATUS: 'Succeeded',
    BUILD_SOURCESDIRECTORY: sources,
    SYSTEM_DEFAULTWORKINGDIRECTORY: sources,
    SYSTEM_CULTURE: 'en-US',
    SYSTEM_HOSTTYPE: 'build',
    SYSTEM_COLLECTIONURI: 'https://dev.azure.com/contoso/',
    SYSTEM_TEAMPROJECT: 'Models in production',
    SYSTEM_TEAMPROJECTID: 'd0c65d5a-7ac5-4f3b-b7a2-0f7c5f0c3a11',
    SYSTEM_PLANID: 'f7a8b9c0-0000-4000-8000-000000000001',
    SYSTEM_JOBID: 'f7a8b9c0-0000-4000-8000-000000000002',
    SYSTEM_TIMELINEID: 'f7a8b9c0-0000-4000-8000-000000000001',
    BUILD_BUILDID: '4711',
    BUILD_REPOSITORY_URI: 'https://contoso@dev.azure.com/contoso/Models/_git/models',
    BUILD_SOURCEVERSION: '0123456789abcdef0123456789abcdef01234567',
    BUILD_REQUESTEDFOR: 'Ada Lovelace',
    ENDPOINT_URL_SYSTEMVSSCONNECTION: 'https://dev.azure.com/contoso/',
    ENDPOINT_AUTH_SCHEME_SYSTEMVSSCONNECTION: 'OAuth',
    ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN: jobToken,
    ENDPOINT_AUTH_SYSTEMVSSCONNECTION: JSON.stringify({ parameters: { AccessToken: jobToken }, scheme: 'OAuth' }),
    VSTS_PUBLIC_VARIABLES: JSON.stringify(Object.keys(variables)),
    VSTS_SECRET_VARIABLES: JSON.stringify(Object.keys(secretVariables)),
    ...(connection && endpointVariables(connection)),
    ...named('INPUT_', { ...inputs, ...(connection && { connection: connection.id }) }),
    ...named('', variables),
    ...named('SECRET_', secretVariables),
  }
}

function endpointVariables({ id, url, scheme, parameters, data }: ServiceConnection): Record<string, string> {
  return {
    [`ENDPOINT_URL_${id}`]: url,
    [`ENDPOINT_AUTH_${id}`]: JSON.stringify({ parameters, scheme }),
    [`ENDPOINT_AUTH_SCHEME_${id}`]: scheme,
    ...named(`ENDPOINT_AUTH_PARAMETER_${id}_`, parameters),
    ...named(`ENDPOINT_DATA_${id}_`, data),
  }
}

function named(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${name.replaceAll(/[. ]/g, '_').toUpperCase()}`, value]),
  )
}
