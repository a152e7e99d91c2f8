import { createHash } from 'node:crypto'
import { z } from 'zod'
import { parseAnswer } from '../../azure/answers.ts'
import type { HubSignIn } from '../../azure/hubSignIn.ts'
import type { IotHub } from '../../azure/iotHub.ts'
import { InputError } from '../../errors.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import type { TargetContext } from '../target.ts'

/** Where a service is, which neither its hub nor its name tells: kept in a connection of the workspace. */
const placeSchema = z.object({
  kind: z.literal('iot-edge'),
  service: z.string(),
  hub: z.string(),
  /** Undefined for a deployment at scale. */
  device: z.string().optional(),
  /** The one that scores. */
  module: z.string(),
  successPercentage: z.number(),
})

export type EdgePlace = Readonly<z.output<typeof placeSchema>>

/** A connection must keep something; this is no secret. */
const nobody = 'azureml-cd-no-connection-string'

export interface KeptPlace {
  readonly place: EdgePlace
  readonly connectionString: string | undefined
  /** What one device was told before a version that is not proven yet, as JSON. */
  readonly previous: string | undefined
}

export async function keptPlace(workspace: Workspace, service: string): Promise<KeptPlace | undefined> {
  const name = connectionOf(service)
  const place = parsedPlace(await workspace.connections.target(name))
  if (place?.service !== service) return undefined
  const { connectionString, previous } = (await workspace.connections.secrets(name)) ?? {}
  return { place, connectionString: connectionString === nobody ? undefined : connectionString, previous }
}

export async function keepPlace(workspace: Workspace, kept: KeptPlace): Promise<void> {
  const { place, connectionString = nobody, previous } = kept
  await workspace.connections.put(connectionOf(place.service), {
    target: JSON.stringify(place),
    keys: { connectionString, ...(previous === undefined ? {} : { previous }) },
  })
}

export function forgetPlace(workspace: Workspace, service: string): Promise<boolean> {
  return workspace.connections.delete(connectionOf(service))
}

/** The services of the workspace that are on devices. */
export async function* keptServices(workspace: Workspace): AsyncGenerator<string, void> {
  for await (const target of workspace.connections.targets()) {
    const place = parsedPlace(target)
    if (place) yield place.service
  }
}

/** Names of connections are short; a service's name cannot hold "_", so that none of another target is meant. */
function connectionOf(service: string): string {
  const whole = `azureml-cd-iot_${service}`
  if (whole.length <= 33) return whole
  return `${whole.slice(0, 24)}-${createHash('sha256').update(service).digest('hex').slice(0, 8)}`
}

function parsedPlace(text: string | undefined): EdgePlace | undefined {
  try {
    return placeSchema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined
  }
}

/** The hub by its host; who asks is whom the connection string names, or else who is signed in to Azure. */
export async function openHub(
  { host, workspace }: TargetContext,
  wanted: { readonly host: string; readonly signIn: HubSignIn | undefined },
): Promise<IotHub> {
  const { connection } = workspace
  const { IotHub: Hub } = await import('../../azure/iotHub.ts')
  return new Hub({
    host: wanted.host,
    signIn: wanted.signIn ?? { kind: 'entra', credential: await connection.credential() },
    ...{ log: host.log, signal: host.signal, clock: connection.clock, httpClient: connection.httpClient },
  })
}

const hubResource = z.looseObject({ name: z.string(), properties: z.looseObject({ hostName: z.string() }) })
const apiVersion = '2023-06-30'

/** The host name of a hub that is named, by its host name, its name or its ARM id; or of the only one of the group. */
export async function hubHost(workspace: Workspace, named: string | undefined): Promise<string> {
  if (named !== undefined && !named.startsWith('/') && /[.:]/.test(named)) return named
  const { subscriptionId, resourceGroup } = workspace.address
  const client = await workspace.connection.client()
  const all = `/subscriptions/${subscriptionId}/resourceGroups/${encodeURIComponent(resourceGroup)}/providers/Microsoft.Devices/IotHubs`
  const query = { 'api-version': apiVersion }
  if (named !== undefined) {
    const path = named.startsWith('/') ? named : `${all}/${encodeURIComponent(named)}`
    const doing = `reading the IoT hub "${named}"`
    const { body } = await client.send({ method: 'GET', path, query, doing })
    return parseAnswer(hubResource, body, doing).properties.hostName
  }
  const doing = 'looking for IoT hubs beside the workspace'
  const { body } = await client.send({ method: 'GET', path: all, query, doing })
  const { value } = parseAnswer(z.looseObject({ value: z.array(hubResource) }), body, doing)
  const [only, ...more] = value
  if (only && more.length === 0) return only.properties.hostName
  const found = only
    ? `it has ${value
        .map(({ name }) => name)
        .toSorted()
        .join(', ')}`
    : 'it has none'
  throw new InputError(
    `Which IoT hub is meant is not said, and the resource group "${resourceGroup}" does not tell: ${found}.`,
    { hint: 'Name it in the deployment configuration: iotHub.' },
  )
}
