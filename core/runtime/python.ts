import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { UserError } from '../errors.ts'

const question = `
import json, sys
from importlib.util import find_spec
print(json.dumps({
    "executable": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3],
    "prefix": sys.prefix, "basePrefix": sys.base_prefix,
    "inferenceServer": find_spec("azureml_inference_server_http") is not None,
}))`

const answer = z.object({
  /** The interpreter itself; what the user named may be a launcher that costs time at each start. */
  executable: z.string().min(1),
  version: z.string(),
  prefix: z.string(),
  basePrefix: z.string(),
  /** Whether azureml-inference-server-http is installed. */
  inferenceServer: z.boolean(),
})

export type Python = Readonly<z.infer<typeof answer>>

/** Asks a Python what it is. Throws `UserError` when there is none by that name, or one older than 3.8. */
export async function inspectPython(command: string): Promise<Python> {
  const hint = 'Install Python 3.8 or newer, or name the interpreter to use.'
  let output: string
  try {
    output = (await promisify(execFile)(command, ['-c', question], { timeout: 30_000 })).stdout
  } catch (cause) {
    throw new UserError(`The Python "${command}" cannot be run on this machine.`, { hint, cause })
  }
  const python = answer.parse(JSON.parse(output))
  const [major = 0, minor = 0] = python.version.split('.').map(Number)
  if (major < 3 || (major === 3 && minor < 8))
    throw new UserError(`The Python "${command}" is version ${python.version}; scoring servers need 3.8.`, { hint })
  return python
}
