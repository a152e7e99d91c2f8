import { spawnSync } from 'node:child_process'
import test, { type TestFn } from 'ava'

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0
}

/** The Python that tests run scoring servers with. */
export const python = process.env.AZUREML_CD_PYTHON ?? 'python3'

/** What only some machines have. Each probe answers with the reason why it is missing, or nothing when it is there. */
const probes = {
  docker: () => (succeeds('docker', 'version') ? undefined : 'no Docker engine answers'),
  'azureml-inference-server-http': () =>
    succeeds(python, '-c', 'import azureml_inference_server_http')
      ? undefined
      : `${python} has no azureml-inference-server-http`,
} satisfies Record<string, () => string | undefined>

/**
 * A `test` for what needs something only some machines have: it skips with the reason in its title, and where
 * `AZUREML_CD_FORBID_SKIPPING` is set (continuous integration) a missing requirement fails instead.
 */
export function testWith(requirement: keyof typeof probes): TestFn {
  const missing = probes[requirement]()
  if (missing === undefined) return test
  const instead = (title: string) => {
    const titleWithReason = `${title} [${missing}]`
    if (process.env.AZUREML_CD_FORBID_SKIPPING)
      test(titleWithReason, (t) => t.fail(`This machine must have it: ${missing}.`))
    else test.skip(titleWithReason, () => undefined)
  }
  return Object.assign(instead, { serial: instead }) as unknown as TestFn
}
