import { access, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { type LegacyFile, type LegacyParameters, readLegacyParameters } from '../../core/config/index.ts'
import { type Host, InputError } from '../../core/index.ts'
import { ownFiles } from './inputs.ts'

/**
 * The inputs that parameter files of the deprecated actions give, where the step names their folder. The file of the
 * step must be there: one that is missing was never a reason to go on with something else.
 */
export async function legacyInputs(
  action: string,
  host: Pick<Host, 'input' | 'log' | 'temporaryFolder'>,
): Promise<Readonly<Record<string, string>>> {
  const folder = host.input('parametersFolder')
  const own = Object.entries(ownFiles).find(([name]) => name === action)?.[1]
  if (folder === undefined || own === undefined) return {}
  const read = async (kind: LegacyFile, needed: boolean): Promise<LegacyParameters | undefined> => {
    const file = join(folder, `${kind}.json`)
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      if (needed) throw new InputError(`parameters-folder: the file "${file}" cannot be read.`, { cause })
      return undefined
    })
    const parameters = text === undefined ? undefined : readLegacyParameters(kind, { file, text })
    for (const { message, position } of parameters?.warnings ?? []) host.log.warning(message, position)
    return parameters
  }
  const workspace = await read('workspace', false)
  if (action === 'deploy') await tellOfCompute(join(folder, 'compute.json'), host)
  const parameters = await read(own, true)
  if (own === 'compute') requireCluster(join(folder, 'compute.json'), parameters?.inputs.action)
  const configs = action === 'deploy' && parameters ? await writeConfigs(parameters, host.temporaryFolder) : {}
  return { ...workspace?.inputs, ...parameters?.inputs, ...configs }
}

/** A step that deploys makes no cluster; whoever kept the file may count on one. */
async function tellOfCompute(file: string, host: Pick<Host, 'log'>): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) host.log.warning('This file is read by the action compute; deploy makes no cluster.', { file, line: 1 })
}

function requireCluster(file: string, action: string | undefined): void {
  if (action === 'create') return
  throw new InputError(
    action === undefined
      ? 'compute_type must say what to make: akscluster.'
      : `compute_type is "${action}", which is compute for training; here only clusters for services are made (akscluster).`,
    { hint: '`az ml compute create` makes compute for training.', position: { file, line: 1 } },
  )
}

/** The two configurations that were one file, as files: paths lead from there to where the old action looked. */
async function writeConfigs(
  { inferenceConfig, deploymentConfig }: LegacyParameters,
  temporaryFolder: string,
): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(temporaryFolder, 'azureml-cd-parameters-'))
  const fromHere = (path: string) => relative(folder, resolve(path))
  const { sourceDirectory = 'code/deploy', entryScript = 'score.py', condaFile = 'environment.yml' } = inferenceConfig
  const source = String(sourceDirectory)
  const inference = {
    ...inferenceConfig,
    ...{ entryScript, sourceDirectory: fromHere(source), condaFile: fromHere(join(source, String(condaFile))) },
    ...pathsWithin(inferenceConfig, 'extraDockerfileSteps', (path) => fromHere(join(source, path))),
  }
  // The old action chose so too, but took the second also for a cluster that it did not find.
  const computeType = deploymentConfig.computeTargetName === undefined ? 'ACI' : 'AKS'
  const deployment = {
    computeType,
    ...deploymentConfig,
    ...pathsWithin(deploymentConfig, 'sslCertificate', fromHere),
    ...pathsWithin(deploymentConfig, 'sslKey', fromHere),
  }
  const files = { inferenceConfig: 'inferenceconfig.json', deploymentConfig: 'deploymentconfig.json' }
  await writeFile(join(folder, files.inferenceConfig), JSON.stringify(inference, undefined, 2))
  await writeFile(join(folder, files.deploymentConfig), JSON.stringify(deployment, undefined, 2))
  return {
    inferenceConfig: join(folder, files.inferenceConfig),
    deploymentConfig: join(folder, files.deploymentConfig),
  }
}

function pathsWithin(config: Readonly<Record<string, unknown>>, key: string, from: (path: string) => string) {
  const value = config[key]
  return typeof value === 'string' ? { [key]: from(value) } : {}
}
