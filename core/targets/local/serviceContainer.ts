import { createServer } from 'node:net'
import type Docker from 'dockerode'
import { z } from 'zod'
import { isNotFound } from '../../runtime/dockerEngine.ts'

const label = {
  service: 'azureml-cd.service',
  /** `serving`, or `candidate` as long as it proves itself. */
  role: 'azureml-cd.role',
  record: 'azureml-cd.record',
} as const

export type Role = 'serving' | 'candidate'

/** What is known of a service on this machine; its container carries it, so that nothing else has to be kept. */
const recordSchema = z.object({
  deployment: z.string(),
  image: z.string(),
  port: z.int(),
  models: z.array(z.object({ name: z.string(), version: z.string(), id: z.string() })),
  tags: z.record(z.string(), z.string()),
  settings: z.string(),
})
export type ServiceRecord = Readonly<z.output<typeof recordSchema>>

/** A container of a service. */
export interface ServiceContainer {
  readonly container: Docker.Container
  readonly service: string
  readonly role: Role
  readonly record: ServiceRecord
  /** `running`, `exited`, … as the engine says. */
  readonly state: string
}

const inContainer = '5001/tcp'

/** The containers of one service, or of all; whose labels cannot be read are none of ours. */
export async function serviceContainers(engine: Docker, service?: string): Promise<readonly ServiceContainer[]> {
  const filter = service === undefined ? label.service : `${label.service}=${service}`
  const found = await engine.listContainers({ all: true, filters: { label: [filter] } })
  return found.flatMap(({ Id: id, Labels: labels, State: state }): readonly ServiceContainer[] => {
    const record = recordSchema.safeParse(jsonOf(labels[label.record]))
    const name = labels[label.service]
    if (!record.success || name === undefined) return []
    const role = labels[label.role] === 'candidate' ? 'candidate' : 'serving'
    return [{ container: engine.getContainer(id), service: name, role, record: record.data, state }]
  })
}

/** The one that serves; of several, which only an interrupted run leaves, one that runs. */
export function servingOf(containers: readonly ServiceContainer[]): ServiceContainer | undefined {
  const serving = containers.filter(({ role }) => role === 'serving')
  return serving.find(({ state }) => state === 'running') ?? serving[0]
}

/**
 * Makes a container of a service, not started yet: on loopback only, without privileges, behind an init process, and
 * started again with the engine once it serves.
 */
export async function createServiceContainer(options: {
  readonly engine: Docker
  readonly service: string
  readonly role: Role
  readonly record: ServiceRecord
  readonly variables: Readonly<Record<string, string>>
  /** 0 for a free one. */
  readonly port: number
}): Promise<Docker.Container> {
  const { engine, service, role, record, variables, port } = options
  return engine.createContainer({
    Image: record.image,
    Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    Labels: { [label.service]: service, [label.role]: role, [label.record]: JSON.stringify(record) },
    ExposedPorts: { [inContainer]: {} },
    HostConfig: {
      // The server as the first process would neither reap children nor hear every signal.
      Init: true,
      PortBindings: { [inContainer]: [{ HostIp: '127.0.0.1', HostPort: port === 0 ? '' : String(port) }] },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ...(role === 'serving' ? { RestartPolicy: { Name: 'unless-stopped' } } : {}),
    },
  })
}

/** The port of this machine that leads into a running container. */
export async function publishedPort(container: Docker.Container): Promise<number | undefined> {
  const { NetworkSettings: network } = await container.inspect()
  const port = network.Ports[inContainer]?.[0]?.HostPort
  return port === undefined ? undefined : Number(port)
}

/** A port of loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('A listening socket has no port.')
  return address.port
}

/** The last lines of a container's log, both streams in the order they were written. */
export async function containerLog(container: Docker.Container, lines: number): Promise<string> {
  const answer = await container.logs({ stdout: true, stderr: true, tail: lines })
  return demultiplexed(answer)
}

/** Each frame has a header of eight bytes, of which the last four are its length. */
function demultiplexed(frames: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= frames.length; ) {
    const length = frames.readUInt32BE(at + 4)
    parts.push(frames.subarray(at + 8, at + 8 + length))
    at += 8 + length
  }
  return Buffer.concat(parts).toString('utf8')
}

export async function removeContainer(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch((error: unknown) => {
    // 404 and 409: gone already, or being removed at this moment.
    const busy = error instanceof Error && 'statusCode' in error && error.statusCode === 409
    if (!isNotFound(error) && !busy) throw error
  })
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
