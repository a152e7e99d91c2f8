import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import test, { type TestFn } from 'ava'

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0
}

/** The Python that tests run scoring servers with. */
export const python = process.env.AZUREML_CD_PYTHON ?? 'python3'

/** A Python with azureml-core, which nothing newer can be beside. */
export const v1Python = process.env.AZUREML_CD_V1_PYTHON ?? 'python3'

/** Debian's own Python, which finds Debian's packages. */
export const debianPython = '/usr/bin/python3'

/** Debian's. */
export const chromium = '/usr/bin/chromium'

/** The newer Node.js that agents and runners have beside the one of this process. */
export const node24 = process.env.AZUREML_CD_NODE24 ?? 'node24'

/** Runs GitHub's workflows on this machine: https://github.com/nektos/act */
export const act = process.env.AZUREML_CD_ACT ?? 'act'

/** Tells whether a package is there without loading it, which takes a second or two for Azure's. */
function hasVersion(python: string, distribution: string, pattern: RegExp): boolean {
  const script = 'import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))'
  return pattern.test(
    spawnSync(python, ['-c', script, distribution], { encoding: 'utf8', timeout: 20_000 }).stdout ?? '',
  )
}

function answersIndex(): boolean {
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', tmpdir()]
  return succeeds(python, ...download, 'azureml-inference-server-http==1.5.1')
}

/** Why Microsoft's Python client of today is missing; nothing when it is there. */
function missingAzureAiMl(): string | undefined {
  return hasVersion(python, 'azure-ai-ml', /^1\.(3[5-9]|[4-9]\d)\./)
    ? undefined
    : `${python} has no azure-ai-ml from 1.35 on`
}

/** What only some machines have. Each probe answers with the reason why it is missing, or nothing when it is there. */
const probes = {
  git: () => (succeeds('git', '--version') ? undefined : 'there is no git'),
  nginx: () => (succeeds('sh', '-c', 'command -v nginx') ? undefined : 'there is no nginx'),
  docker: () => (succeeds('docker', 'version') ? undefined : 'no Docker engine answers'),
  'azureml-inference-server-http': () =>
    succeeds(python, '-c', 'import azureml_inference_server_http')
      ? undefined
      : `${python} has no azureml-inference-server-http`,
  'docker with azureml-inference-server-http': () =>
    !succeeds('docker', 'version')
      ? 'no Docker engine answers'
      : succeeds(python, '-c', 'import azureml_inference_server_http')
        ? undefined
        : `${python} has no azureml-inference-server-http`,
  'docker with nginx and azureml-inference-server-http': () =>
    !succeeds('docker', 'version')
      ? 'no Docker engine answers'
      : !succeeds('sh', '-c', 'test -x /usr/sbin/nginx')
        ? 'there is no nginx'
        : succeeds(python, '-c', 'import azureml_inference_server_http')
          ? undefined
          : `${python} has no azureml-inference-server-http`,
  'docker with a package index and docker-registry': () =>
    !succeeds('docker', 'version')
      ? 'no Docker engine answers'
      : !succeeds('sh', '-c', 'command -v docker-registry')
        ? 'there is no docker-registry'
        : answersIndex()
          ? undefined
          : 'no package index answers',
  'docker with a package index and py-rattler': () =>
    !succeeds('docker', 'version')
      ? 'no Docker engine answers'
      : !succeeds(python, '-c', 'import rattler, conda_package_streaming')
        ? `${python} has no py-rattler and conda-package-streaming`
        : answersIndex()
          ? undefined
          : 'no package index answers',
  'azureml-core': () => (hasVersion(v1Python, 'azureml-core', /^1\./m) ? undefined : `${v1Python} has no azureml-core`),
  'azure-ai-ml': missingAzureAiMl,
  'azure-ai-ml of Debian': () =>
    hasVersion(debianPython, 'azure-ai-ml', /^1\.4\.0$/m) ? undefined : `${debianPython} has no azure-ai-ml 1.4.0`,
  'pycep-parser': () => (hasVersion(python, 'pycep-parser', /^0\./m) ? undefined : `${python} has no pycep-parser`),
  chromium: () => (succeeds(chromium, '--version') ? undefined : `there is no ${chromium}`),
  'Node.js 24': () =>
    /^v24\./.test(spawnSync(node24, ['--version'], { encoding: 'utf8', timeout: 20_000 }).stdout ?? '')
      ? undefined
      : `${node24} is no Node.js 24`,
  'act with azure-ai-ml': () => (succeeds(act, '--version') ? missingAzureAiMl() : `there is no ${act}`),
  az: () => (succeeds('sh', '-c', 'command -v az') ? undefined : 'there is no az'),
} satisfies Record<string, () => string | undefined>

/** For tests that do the same in another way where a requirement is missing. */
export function isThere(requirement: keyof typeof probes): boolean {
  return probes[requirement]() === undefined
}

/**
 * A `test` for what needs something only some machines have: it skips with the reason in its title, and where
 * `AZUREML_CD_FORBID_SKIPPING` is set (continuous integration) a missing requirement fails instead.
 */
export function testWith(requirement: keyof typeof probes): TestFn {
  const missing = probes[requirement]()
  if (missing === undefined) return test
  const nothing = () => undefined
  const instead = (title: string) => {
    const titleWithReason = `${title} [${missing}]`
    if (process.env.AZUREML_CD_FORBID_SKIPPING)
      test(titleWithReason, (t) => t.fail(`This machine must have it: ${missing}.`))
    else test.skip(titleWithReason, () => undefined)
  }
  return Object.assign(instead, { serial: instead, before: nothing, after: { always: nothing } }) as unknown as TestFn
}
