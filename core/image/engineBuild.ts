import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { z } from 'zod'
import type { ImageRegistry } from '../config/imageEnvironment.ts'
import { UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type BuildContext, contextArchive } from './buildContext.ts'
import { type BuildMessage, showBuild } from './buildLog.ts'
import { contextLabel } from './dockerfile.ts'

const message = z.looseObject({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
})

/** An image that is there, built now or before from the same context. */
export interface BuiltImage {
  readonly name: string
  /** `sha256:…` of the engine. */
  readonly id: string
  readonly changed: boolean
}

/**
 * Builds an image in a Docker engine, unless the image of that name was built from the same context already. The log is
 * printed step by step. Throws a UserError that names the step that failed.
 */
export async function buildInEngine(options: {
  readonly host: Pick<Host, 'group' | 'log' | 'signal'>
  readonly engine: Docker
  readonly context: BuildContext
  readonly image: string
  readonly registry: ImageRegistry | undefined
  readonly buildArguments: Readonly<Record<string, string>>
  /** Whether the base image is asked for anew, and nothing that was built before is used. */
  readonly fresh?: boolean
}): Promise<BuiltImage> {
  const { host, engine, context, image, registry, fresh = false } = options
  const there = fresh ? undefined : await builtFrom(engine, image)
  if (there?.digest === context.digest) {
    host.log.info(`The image ${image} was built from the same files already.`)
    return { name: image, id: there.id, changed: false }
  }
  const output = await engine
    .buildImage(contextArchive(context), {
      t: image,
      dockerfile: 'Dockerfile',
      labels: { [contextLabel]: context.digest },
      buildargs: { ...options.buildArguments },
      nocache: fresh,
      pull: fresh,
      rm: true,
      forcerm: true,
      abortSignal: host.signal,
      ...(registry
        ? { registryconfig: { [registry.address]: { username: registry.username, password: registry.password } } }
        : {}),
    })
    .catch((cause: unknown) => {
      host.signal.throwIfAborted()
      throw new UserError(`The Docker engine refused to build ${image}: ${textOf(cause)}`, { cause })
    })
  await showBuild({ host, image, messages: buildMessages(output) })
  host.signal.throwIfAborted()
  const built = await builtFrom(engine, image)
  if (!built) throw new UserError(`The Docker engine built ${image} but does not know it.`)
  return { name: image, id: built.id, changed: true }
}

async function builtFrom(
  engine: Docker,
  image: string,
): Promise<{ readonly id: string; readonly digest: string | undefined } | undefined> {
  try {
    const { Id: id, Config: config } = await engine.getImage(image).inspect()
    return { id, digest: config.Labels?.[contextLabel] }
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return undefined
    throw error
  }
}

/** What the builder says itself: always a line of its own, whatever the step said before it. */
const ofTheBuilder = /^(?:Step \d+\/\d+ : | ---> |Removing intermediate container )/

/** What a Docker engine streams while it builds, pulls or pushes. */
export async function* buildMessages(output: NodeJS.ReadableStream): AsyncGenerator<BuildMessage, void> {
  // A program that writes a line in pieces is streamed in pieces.
  let begun = ''
  const rest = (): readonly BuildMessage[] => {
    const text = begun
    begun = ''
    return text === '' ? [] : [{ kind: 'line', text }]
  }
  for await (const line of createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    const { stream, status, id, error } = message.parse(JSON.parse(line))
    if (stream === undefined || ofTheBuilder.test(stream)) yield* rest()
    if (error !== undefined) yield { kind: 'error', text: error }
    else if (stream !== undefined) {
      const lines = `${begun}${stream}`.split('\n')
      begun = lines.pop() ?? ''
      for (const text of lines) yield { kind: 'line', text }
    }
    // Progress bars of layers repeat many times; what they come to is worth a line.
    else if (status !== undefined && !/^(Downloading|Extracting|Waiting|Verifying|Preparing|Pushing)/.test(status))
      yield { kind: 'line', text: id === undefined ? status : `${id}: ${status}` }
  }
  yield* rest()
}

/** Pushes an image to its registry. Answers with the digest the registry gave it. */
export async function pushImage(options: {
  readonly host: Pick<Host, 'group' | 'log' | 'signal'>
  readonly engine: Docker
  readonly image: string
  readonly login: ImageRegistry | undefined
}): Promise<string | undefined> {
  const { host, engine, image, login } = options
  const output: Readable | NodeJS.ReadableStream = await engine.getImage(image).push({
    ...(login
      ? { authconfig: { username: login.username, password: login.password, serveraddress: login.address } }
      : // The engine wants the header even where there is nothing to say.
        { authconfig: { username: '', password: '', serveraddress: '' } }),
    abortSignal: host.signal,
  })
  let digest: string | undefined
  await host.group(`Push ${image}`, async () => {
    for await (const one of buildMessages(output)) {
      if (one.kind === 'error') throw new UserError(`The image ${image} could not be pushed: ${one.text}`)
      digest = /\bdigest: (sha256:[0-9a-f]{64})/.exec(one.text)?.[1] ?? digest
      host.log.info(one.text)
    }
  })
  return digest
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
