import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { parseInferenceConfig } from '../../../core/config/inferenceConfig.ts'
import { imageSpec } from '../../../core/image/imageSpec.ts'
import type { ImageFile, ImageModel, ScoringImageSpec } from '../../../core/image/scoringImageSpec.ts'
import { localFiles } from '../../../core/workspace/localFiles.ts'

/** A new folder with these files, gone when the test ends. */
export async function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-image-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

const echo = 'def init(): pass\ndef run(data): return data\n'

/** The spec of a service in a folder: `source/score.py` and `models/<name>/<version>/…`. */
export async function specIn(
  t: ExecutionContext,
  options: {
    readonly files?: Readonly<Record<string, string>>
    readonly environment?: unknown
    readonly models?: readonly (readonly [name: string, version: string])[]
    readonly certificates?: string
    readonly keepCertificates?: boolean
    readonly buildArguments?: readonly string[]
  } = {},
): Promise<{ readonly spec: ScoringImageSpec; readonly notes: readonly string[]; readonly folder: string }> {
  const { files = {}, environment, models = [], certificates, keepCertificates, buildArguments } = options
  const folder = await folderWith(t, { 'source/score.py': echo, ...files })
  const { config } = parseInferenceConfig(
    {
      file: 'inferenceconfig.json',
      text: JSON.stringify({ entryScript: 'score.py', sourceDirectory: 'source', environment }),
    },
    'image',
  )
  const { spec, notes } = await imageSpec({
    inference: config,
    source: await localFiles(join(folder, 'source')),
    entryScript: 'score.py',
    models: await Promise.all(models.map(([name, version]) => modelIn(folder, name, version))),
    read: async (path) => {
      const text = files[path]
      if (text === undefined) throw new Error(`There is no ${path}.`)
      return text
    },
    ...(certificates === undefined ? {} : { certificates }),
    ...(keepCertificates === undefined ? {} : { keepCertificates }),
    ...(buildArguments === undefined ? {} : { buildArguments }),
  })
  return { spec, notes: notes.map(({ message }) => message), folder }
}

async function modelIn(folder: string, name: string, version: string): Promise<ImageModel> {
  const files: readonly ImageFile[] = await localFiles(join(folder, 'models', name, version))
  return { name, version, files }
}
