import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { getegid, geteuid } from 'node:process'
import type Docker from 'dockerode'
import { serverEnvironment } from './environment.ts'
import type { ReadOnlyMount } from './hostPython.ts'
import { readableByAll } from './readableByAll.ts'
import type { ScoringServerSpec } from './scoringServer.ts'
import { serverArguments } from './serverProgram.ts'

/** The port scoring images listen on. */
export const containerPort = 5001

const sourceFolder = '/var/azureml-app/source'
const modelsFolder = '/var/azureml-app/azureml-models'
const nobody = '65534:65534'

/**
 * The container that runs a scoring server: code and models read-only, no privileges, published on loopback only, and
 * removed by the engine when it ends.
 */
export async function containerPlan(wanted: {
  readonly spec: ScoringServerSpec
  readonly image: string
  /** In the container. */
  readonly python: string
  /** What the container needs besides code and models. */
  readonly mounts: readonly ReadOnlyMount[]
  readonly labels: Readonly<Record<string, string>>
  readonly containerName: string
}): Promise<Docker.ContainerCreateOptions> {
  const { spec } = wanted
  const files = await userFiles(spec)
  const environment = serverEnvironment(spec, {
    source: sourceFolder,
    models: spec.modelsRoot === undefined ? undefined : modelsFolder,
  })
  return {
    name: wanted.containerName,
    Image: wanted.image,
    Entrypoint: [wanted.python],
    Cmd: [...serverArguments],
    Env: Object.entries({ HOME: '/tmp', ...environment }).map(([name, value]) => `${name}=${value}`),
    User: await user(files.map((file) => file.source)),
    WorkingDir: sourceFolder,
    Labels: { ...wanted.labels },
    // Standard input closes with the connection that started the container, and with it the server ends.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    ExposedPorts: { [`${containerPort}/tcp`]: {} },
    HostConfig: {
      // Python as the first process would ignore SIGTERM.
      Init: true,
      AutoRemove: true,
      PortBindings: { [`${containerPort}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
      Mounts: [...wanted.mounts, ...files].map(({ source, target }) => ({
        Type: 'bind',
        Source: source,
        Target: target,
        ReadOnly: true,
      })),
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
    },
  }
}

async function userFiles(spec: ScoringServerSpec): Promise<readonly ReadOnlyMount[]> {
  const files = [{ source: await realpath(spec.sourceDirectory), target: sourceFolder }]
  if (spec.modelsRoot !== undefined)
    for (const { name, version } of spec.models)
      files.push({
        source: await realpath(join(spec.modelsRoot, name, version)),
        target: `${modelsFolder}/${name}/${version}`,
      })
  return files
}

/** Whoever runs this, unless that is root: then nobody, if nobody may read the files. */
async function user(paths: readonly string[]): Promise<string> {
  const id = geteuid?.()
  if (id !== undefined && id !== 0) return `${id}:${getegid?.() ?? id}`
  return (await readableByAll(paths)) ? nobody : '0:0'
}
