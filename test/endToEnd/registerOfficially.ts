import type { Emulator } from '../../emulator/index.ts'
import { clientEnvironment, runProgram } from '../emulator/clients/program.ts'
import { python } from '../requirements.ts'

/** Registers a folder or file with Microsoft's own Python client, and answers with the version that came of it. */
export async function registerOfficially(
  emulator: Emulator,
  model: { readonly name: string; readonly path: string; readonly tags: Readonly<Record<string, string>> },
): Promise<string> {
  const { port } = new URL(emulator.url)
  const tags = Object.entries(model.tags).map(([key, value]) => `${key}=${value}`)
  const printed = await runProgram(
    python,
    ['test/emulator/clients/registerModel.py', model.name, model.path, ...tags],
    {
      env: clientEnvironment(emulator, {
        ARM_CLOUD_METADATA_URL: `https://localhost:${port}/metadata/endpoints?api-version=2019-05-01`,
        AUTHORITY_TENANT: emulator.tenantId,
        PYTHONDONTWRITEBYTECODE: '1',
      }),
    },
  )
  return printed.trim().split('\n').at(-1) ?? ''
}
