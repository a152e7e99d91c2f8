import { randomBytes } from 'node:crypto'
import type Docker from 'dockerode'
import { isNotFound } from '../../runtime/dockerEngine.ts'
import front from './front.py'
import { labels, parseRecord, type ServiceRecord } from './record.ts'

const inContainer = '5001/tcp'

/** A container with one version of a service. */
export interface ServerContainer {
  readonly container: Docker.Container
  readonly name: string
  readonly service: string
  readonly record: ServiceRecord
  /** `running`, `exited`, … as the engine says. */
  readonly state: string
}

/** The name of the container that serves: who has it is served to the front. */
export function servingName(service: string): string {
  return `azureml-cd-${service.toLowerCase()}`
}

/** The versions of one service, or of all. */
export async function serverContainers(engine: Docker, service?: string): Promise<readonly ServerContainer[]> {
  const filters = [`${labels.role}=server`, service === undefined ? labels.service : `${labels.service}=${service}`]
  const found = await engine.listContainers({ all: true, filters: { label: filters } })
  return found.flatMap(({ Id: id, Labels: own, State: state, Names: names }): readonly ServerContainer[] => {
    const record = parseRecord(own[labels.record])
    const name = names[0]?.replace(/^\//, '') ?? ''
    return record
      ? [{ container: engine.getContainer(id), name, service: own[labels.service] ?? '', record, state }]
      : []
  })
}

/** The container in front of a service; undefined when there is none. */
export async function frontContainer(
  engine: Docker,
  service: string,
): Promise<
  { readonly container: Docker.Container; readonly port: number | undefined; readonly running: boolean } | undefined
> {
  const label = [`${labels.role}=front`, `${labels.service}=${service}`]
  const [found] = await engine.listContainers({ all: true, filters: { label } })
  if (!found) return undefined
  const container = engine.getContainer(found.Id)
  const { HostConfig: config } = await container.inspect()
  const port = Number(bindingsOf(config.PortBindings)[inContainer]?.[0]?.HostPort)
  return { container, port: Number.isInteger(port) && port > 0 ? port : undefined, running: found.State === 'running' }
}

function bindingsOf(
  bindings: unknown,
): Readonly<Record<string, readonly { readonly HostPort?: string }[] | undefined>> {
  return typeof bindings === 'object' && bindings !== null ? { ...bindings } : {}
}

/** What every container of a service has: no privileges, an init process, its network, loopback. */
function hardened(service: string, port: number): Docker.HostConfig {
  return {
    // A server as the first process would neither reap children nor hear every signal.
    Init: true,
    PortBindings: { [inContainer]: [{ HostIp: '127.0.0.1', HostPort: port === 0 ? '' : String(port) }] },
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    NetworkMode: servingName(service),
  }
}

/** Makes the container of a version, not started, under a name of its own. */
export async function createServer(options: {
  readonly engine: Docker
  readonly service: string
  readonly image: string
  readonly record: ServiceRecord
}): Promise<Docker.Container> {
  const { engine, service, image, record } = options
  return engine.createContainer({
    name: `${servingName(service)}-${randomBytes(4).toString('hex')}`,
    Image: image,
    Env: Object.entries(record.variables).map(([name, value]) => `${name}=${value}`),
    Labels: { [labels.service]: service, [labels.role]: 'server', [labels.record]: JSON.stringify(record) },
    ExposedPorts: { [inContainer]: {} },
    HostConfig: hardened(service, 0),
  })
}

/** Makes the container in front of a service, not started. Its Python is the one of the service's image. */
export async function createFront(options: {
  readonly engine: Docker
  readonly service: string
  readonly record: ServiceRecord
}): Promise<Docker.Container> {
  const { engine, service, record } = options
  const name = servingName(service)
  return engine.createContainer({
    name: `${name}-front`,
    Image: record.codeImage,
    Entrypoint: [record.python],
    Cmd: ['-u', '-c', front, name],
    User: '65534:65534',
    Labels: { [labels.service]: service, [labels.role]: 'front' },
    ExposedPorts: { [inContainer]: {} },
    HostConfig: { ...hardened(service, record.port), RestartPolicy: { Name: 'unless-stopped' } },
  })
}

/** The network of a service, in which its containers find each other by name. */
export async function ensureNetwork(engine: Docker, service: string): Promise<void> {
  const name = servingName(service)
  const there = await engine.listNetworks({ filters: { name: [name] } })
  if (there.some((network) => network.Name === name)) return
  await engine.createNetwork({ Name: name, Driver: 'bridge', Labels: { [labels.service]: service } })
}

export async function removeNetwork(engine: Docker, service: string): Promise<void> {
  await engine
    .getNetwork(servingName(service))
    .remove()
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
}

/** The port of this machine that leads into a running container. */
export async function publishedPort(container: Docker.Container): Promise<number | undefined> {
  const { NetworkSettings: network } = await container.inspect()
  const port = network.Ports[inContainer]?.[0]?.HostPort
  return port === undefined ? undefined : Number(port)
}

export { containerLog } from '../../runtime/containerLog.ts'

export async function removeContainer(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch((error: unknown) => {
    // 409: it is being removed at this moment.
    const busy = error instanceof Error && 'statusCode' in error && error.statusCode === 409
    if (!isNotFound(error) && !busy) throw error
  })
}
