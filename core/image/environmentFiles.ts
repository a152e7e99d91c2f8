import { stringify } from 'yaml'
import { InputError } from '../errors.ts'
import v1Names from './azureml_cd_v1_names.py'
import { condaNeeds } from './condaNeeds.ts'

import makeCondaEnvironment from './make_conda_environment.py'
import makeEnvironment from './make_environment.sh'
import type { ImagePackages, ScoringImageSpec } from './scoringImageSpec.ts'

/** Where the Python environment of an image is, and what makes it. */
export const environmentFolder = '/azureml-envs/azureml-cd'

/** What the script is told to make; undefined when the base image is used as it is. */
export function environmentKind(packages: ImagePackages): 'conda' | 'pip' | 'server' | undefined {
  switch (packages.kind) {
    case 'of-base':
      return 'server'
    case 'user-managed':
      return undefined
    default:
      return packages.kind
  }
}

/** The files the environment is made from, by their names beside the script. */
export function environmentFiles(
  spec: Pick<ScoringImageSpec, 'packages' | 'certificates' | 'v1Names'>,
): ReadonlyMap<string, string> {
  const { packages, certificates } = spec
  const files = new Map<string, string>()
  if (environmentKind(packages) === undefined) return files
  files.set('make_environment.sh', makeEnvironment)
  if (packages.kind === 'pip') files.set('requirements.txt', withLastBreak(packages.requirements))
  if (packages.kind === 'conda') {
    const { python, pip, onlyConda, packages: all, channels } = condaNeeds(packages.content)
    files.set('conda.yml', stringify(packages.content))
    files.set('requirements.txt', withLastBreak(pip.join('\n')))
    if (python !== undefined) files.set('python.txt', python)
    if (onlyConda.length > 0) files.set('conda-only.txt', `${onlyConda.join('\n')}\n`)
    files.set('conda-packages.txt', `${all.join('\n')}\n`)
    files.set('conda-packages.json', JSON.stringify({ channels, packages: all }))
    files.set('make_conda_environment.py', makeCondaEnvironment)
  }
  if (certificates !== undefined) files.set('extra-ca.pem', withLastBreak(checkedCertificates(certificates)))
  if (spec.v1Names) {
    files.set('v1_names/azureml_cd_v1_names.py', v1Names)
    // Python runs the import lines of such a file at each start.
    files.set('v1_names/azureml_cd_v1_names.pth', 'import azureml_cd_v1_names\n')
  }
  return files
}

function checkedCertificates(pem: string): string {
  if (/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem))
    throw new InputError('The file of certificates holds a private key, which no image may hold.')
  if (!/-----BEGIN (?:TRUSTED )?CERTIFICATE-----/.test(pem))
    throw new InputError('The file of certificates holds none in PEM ("-----BEGIN CERTIFICATE-----").')
  return pem
}

function withLastBreak(text: string): string {
  const plain = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  return plain.endsWith('\n') ? plain : `${plain}\n`
}
