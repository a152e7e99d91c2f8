import { PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { ownerLabels } from '../../core/runtime/containerOwner.ts'
import { isNotFound } from '../../core/runtime/dockerEngine.ts'
import type { Python } from '../../core/runtime/python.ts'
import { scoringImage } from '../../core/runtime/scoringImage.ts'
import { ArmError } from '../armError.ts'
import type { GroupContainer, GroupSettings } from './groupSettings.ts'

/** The containers of a group in the engine: its own by their names, and the one that holds the network they share. */
export interface GroupContainers {
  readonly network: Docker.Container
  readonly containers: ReadonlyMap<string, Docker.Container>
}

const restart = { Always: 'always', OnFailure: 'on-failure', Never: 'no' } as const

/** Nothing but alive: in Azure, too, it is nobody's container that holds a group's network. */
const waiting = 'import signal\nsignal.pause()'

/** Makes and starts the containers of a group. Nothing is left of it when that fails. */
export async function startGroup(options: {
  readonly engine: Docker
  readonly owner: string
  /** Of containers; a group has one of each at a time. */
  readonly prefix: string
  readonly settings: GroupSettings
  readonly address: string
  readonly python: () => Promise<Python>
}): Promise<GroupContainers> {
  const { engine, owner, prefix, settings, address, python } = options
  const labels = ownerLabels(owner)
  const made: Docker.Container[] = []
  const make = async (plan: Docker.ContainerCreateOptions): Promise<Docker.Container> => {
    const container = await engine.createContainer({ ...plan, Labels: labels })
    made.push(container)
    return container
  }
  try {
    const idle = await scoringImage({ engine, image: undefined, python, pull: false })
    const ports = (settings.ipAddress?.ports ?? []).map(({ port }) => port)
    const network = await make({
      name: `${prefix}-network`,
      Image: idle.name,
      Entrypoint: [idle.python, '-c', waiting],
      ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
      HostConfig: {
        Init: true,
        Mounts: idle.mounts.map(({ source, target }) => ({
          ...{ Type: 'bind' as const, Source: source, Target: target, ReadOnly: true },
        })),
        PortBindings: Object.fromEntries(
          ports.map((port) => [`${port}/tcp`, [{ HostIp: address, HostPort: String(port) }]]),
        ),
      },
    })
    await network.start()
    const containers = new Map<string, Docker.Container>()
    for (const one of settings.containers) {
      const container = await make(await containerPlan({ engine, prefix, settings, one, network }))
      await putSecrets(container, settings, one)
      await container.start()
      containers.set(one.name, container)
    }
    return { network, containers }
  } catch (error) {
    for (const container of made.reverse()) await removed(container)
    throw error
  }
}

async function containerPlan(options: {
  readonly engine: Docker
  readonly prefix: string
  readonly settings: GroupSettings
  readonly one: GroupContainer
  readonly network: Docker.Container
}): Promise<Docker.ContainerCreateOptions> {
  const { engine, prefix, settings, one, network } = options
  const { command, environmentVariables, resources } = one.properties
  const [program, ...rest] = command ?? []
  return {
    name: `${prefix}-${one.name}`,
    Image: await groupImage(engine, settings, one.properties.image),
    ...(program === undefined ? {} : { Entrypoint: [program], Cmd: rest }),
    Env: (environmentVariables ?? []).map(({ name, value, secureValue }) => `${name}=${value ?? secureValue ?? ''}`),
    HostConfig: {
      Init: true,
      NetworkMode: `container:${network.id}`,
      RestartPolicy: { Name: restart[settings.restartPolicy ?? 'Always'] },
      Memory: Math.round(resources.requests.memoryInGB * 2 ** 30),
      SecurityOpt: ['no-new-privileges'],
    },
  }
}

/** The files of secret volumes, into the container itself: this machine keeps none of them. */
async function putSecrets(container: Docker.Container, settings: GroupSettings, one: GroupContainer): Promise<void> {
  const archive = pack()
  for (const { name, mountPath } of one.properties.volumeMounts ?? []) {
    const secret = settings.volumes?.find((volume) => volume.name === name)?.secret ?? {}
    const folder = mountPath.replace(/^\/+|\/+$/g, '')
    for (const [file, base64] of Object.entries(secret))
      archive.entry({ name: `${folder}/${file}`, mode: 0o444 }, Buffer.from(base64, 'base64'))
  }
  archive.finalize()
  await container.putArchive(archive.pipe(new PassThrough()), { path: '/' })
}

/**
 * The name by which the engine knows an image, pulled when it is not there. What a registry of Azure has built here is in
 * the engine without the registry's name.
 */
async function groupImage(engine: Docker, settings: GroupSettings, image: string): Promise<string> {
  const isHere = async (name: string): Promise<boolean> => {
    try {
      await engine.getImage(name).inspect()
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }
  for (const name of [image, image.replace(/^[a-z0-9]+\.azurecr\.[a-z]+\//i, '')]) if (await isHere(name)) return name
  const login = settings.imageRegistryCredentials?.find(({ server }) => image.startsWith(`${server}/`))
  const { username, password, server } = login ?? {}
  try {
    const authconfig = username && password ? { authconfig: { username, password, serveraddress: server } } : {}
    const progress = await engine.pull(image, authconfig)
    await new Promise<void>((resolve, reject) =>
      engine.modem.followProgress(progress, (failure: Error | null) => (failure ? reject(failure) : resolve())),
    )
    return image
  } catch (cause) {
    throw new ArmError({
      ...{ status: 400, code: 'InaccessibleImage' },
      message: `The image '${image}' is not accessible. Please check the image and registry credential. (${cause instanceof Error ? cause.message : cause})`,
    })
  }
}

/** Whether every image of a group can be had; throws the error that Azure answers with otherwise. */
export async function checkImages(engine: Docker, settings: GroupSettings): Promise<void> {
  for (const { properties } of settings.containers) await groupImage(engine, settings, properties.image)
}

export async function removeGroup({ network, containers }: GroupContainers): Promise<void> {
  for (const container of [...containers.values(), network]) await removed(container)
}

async function removed(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch((error: unknown) => {
    // 409: it is being removed at this moment.
    const busy = error instanceof Error && 'statusCode' in error && error.statusCode === 409
    if (!isNotFound(error) && !busy) throw error
  })
}
