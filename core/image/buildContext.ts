import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { digestFiles } from '../azure/digestFiles.ts'
import { safePath } from '../azure/safePath.ts'
import { InputError } from '../errors.ts'
import { contentDigest, type DigestedFile } from '../trust/digest.ts'
import { contextFolder, dockerfile } from './dockerfile.ts'
import { environmentFiles } from './environmentFiles.ts'
import type { ImageFile, ImageModel, ScoringImageSpec } from './scoringImageSpec.ts'

/** A file of a build context: text that was made here, or a file of this machine. */
export type ContextFile =
  | { readonly kind: 'text'; readonly path: string; readonly text: string }
  | { readonly kind: 'file'; readonly path: string; readonly absolutePath: string; readonly size: number }

/** Everything a builder is sent. */
export interface BuildContext {
  readonly dockerfile: string
  /** Sorted by path. */
  readonly files: readonly ContextFile[]
  /** SHA-256 in hexadecimal: the same for the same files, whatever machine and whenever. */
  readonly digest: string
  readonly bytes: number
}

/** Puts together and digests what an image is built from. Nothing is sent or written. */
export async function buildContext(spec: ScoringImageSpec, signal: AbortSignal): Promise<BuildContext> {
  return assembledContext({ dockerfile: dockerfile(spec), files: contextFiles(spec), signal })
}

/** A context of these files and this Dockerfile. */
export async function assembledContext(options: {
  readonly dockerfile: string
  readonly files: readonly ContextFile[]
  readonly signal: AbortSignal
}): Promise<BuildContext> {
  const { dockerfile: text, signal } = options
  const files = [{ kind: 'text', path: 'Dockerfile', text } as const, ...options.files].sort((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  )
  for (const [index, { path }] of files.entries())
    if (path === files[index - 1]?.path) throw new InputError(`Two files would be "${path}" in the build context.`)
  const onDisk = files.filter((file) => file.kind === 'file')
  const digested: readonly DigestedFile[] = [
    ...(await digestFiles({ files: onDisk, signal })),
    ...files.flatMap((file) => (file.kind === 'text' ? [digestedText(file.path, file.text)] : [])),
  ]
  const bytes = digested.reduce((sum, { size }) => sum + size, 0)
  return { dockerfile: text, files, digest: contentDigest(digested), bytes }
}

function contextFiles(spec: ScoringImageSpec): readonly ContextFile[] {
  const clash = spec.source.find(({ path }) => path.startsWith('azureml-models/'))
  if (clash)
    throw new InputError(
      `The source directory has a folder "azureml-models" (${clash.path}), which is where an image holds its models.`,
    )
  const made = (path: string, text: string): ContextFile => ({ kind: 'text', path, text })
  const ofBase = spec.base.kind === 'dockerfile' ? spec.base.context : []
  return [
    ...ofBase
      .filter(({ path }) => path !== 'Dockerfile' && !path.startsWith(`${contextFolder}/`))
      .map(({ path, absolutePath, size }): ContextFile => ({ kind: 'file', path, absolutePath, size })),
    ...[...environmentFiles(spec)].map(([path, text]) => made(`${contextFolder}/environment/${path}`, text)),
    ...(spec.keepCertificates && spec.certificates !== undefined
      ? [made(`${contextFolder}/certificates.pem`, spec.certificates)]
      : []),
    ...below(`${contextFolder}/source`, spec.source),
    ...modelFiles(spec.models),
  ]
}

/** The files of models as the Dockerfile copies them. */
export function modelFiles(models: readonly ImageModel[]): readonly ContextFile[] {
  return models.flatMap(({ name, version, files }) => below(`${contextFolder}/models/${name}/${version}`, files))
}

function below(folder: string, files: readonly ImageFile[]): readonly ContextFile[] {
  return files.map(({ path, absolutePath, size }) => ({ kind: 'file', path: `${folder}/${path}`, absolutePath, size }))
}

function digestedText(path: string, text: string): DigestedFile {
  const bytes = Buffer.from(text)
  return { path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/**
 * The context as a tar archive, byte for byte the same for the same files: no times, no owners, and modes that let
 * whoever the server runs as read everything.
 */
export function contextArchive(context: Pick<BuildContext, 'files'>): Readable {
  const archive = pack()
  const header = { mtime: new Date(0), mode: 0o644, uid: 0, gid: 0, uname: '', gname: '' }
  const write = async () => {
    for (const file of context.files) {
      if (file.kind === 'text') {
        archive.entry({ ...header, name: file.path }, file.text)
        continue
      }
      const entry = archive.entry({ ...header, name: file.path, size: file.size })
      await pipeline(createReadStream(file.absolutePath), entry)
    }
    archive.finalize()
  }
  const output = new PassThrough()
  const fail = (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error)))
  archive.on('error', fail)
  archive.pipe(output)
  write().catch(fail)
  return output
}

/** Writes the context to a folder, which must be empty or not there, for somebody else's builder. */
export async function writeContext(context: Pick<BuildContext, 'files'>, folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new InputError(`The folder "${folder}" cannot be written to.`, { cause: error })
  })
  if (there.length > 0)
    throw new InputError(`The folder "${folder}" is not empty; a build context must be the only thing in it.`)
  for (const file of context.files) {
    const target = safePath(folder, file.path)
    await mkdir(dirname(target), { recursive: true })
    if (file.kind === 'text') await writeFile(target, file.text)
    else await copyFile(file.absolutePath, target)
  }
}
