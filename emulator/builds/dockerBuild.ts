import { createInterface } from 'node:readline'
import type Docker from 'dockerode'
import { z } from 'zod'

const order = z.looseObject({
  dockerFilePath: z.string(),
  imageNames: z.array(z.string()).nullish(),
  sourceLocation: z.string().nullish(),
  arguments: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  noCache: z.boolean().nullish(),
  target: z.string().nullish(),
})

/** What is to be built, from which source. */
export interface BuildOrder {
  readonly dockerFilePath: string
  readonly imageNames: readonly string[]
  readonly sourceLocation: string | undefined
  readonly arguments: Readonly<Record<string, string>>
  readonly noCache: boolean
  readonly target: string | undefined
}

export function buildOrder(request: unknown): BuildOrder {
  const parsed = order.parse(request)
  return {
    dockerFilePath: parsed.dockerFilePath,
    imageNames: parsed.imageNames ?? [],
    sourceLocation: parsed.sourceLocation ?? undefined,
    arguments: Object.fromEntries((parsed.arguments ?? []).map(({ name, value }) => [name, value])),
    noCache: parsed.noCache ?? false,
    target: parsed.target ?? undefined,
  }
}

const message = z.looseObject({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
})

/** Builds a tar.gz in a Docker engine and tags what comes out. Rejects with the engine's own words. */
export async function dockerBuild(options: {
  readonly engine: Docker
  readonly order: BuildOrder
  readonly source: NodeJS.ReadableStream
  readonly log: (text: string) => Promise<void>
  readonly signal: AbortSignal
}): Promise<void> {
  const { engine, order, source, log, signal } = options
  const [first, ...others] = order.imageNames
  const output = await engine.buildImage(source, {
    dockerfile: order.dockerFilePath,
    ...(first === undefined ? {} : { t: first }),
    buildargs: { ...order.arguments },
    nocache: order.noCache,
    ...(order.target === undefined ? {} : { target: order.target }),
    abortSignal: signal,
  })
  for await (const line of createInterface({ input: output })) {
    const { stream, status, error } = message.parse(JSON.parse(line))
    if (error !== undefined) throw new Error(error)
    const text = stream ?? (status === undefined ? '' : `${status}\n`)
    if (text !== '') await log(text)
  }
  signal.throwIfAborted()
  for (const name of others) {
    const [, repo = name, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? []
    await engine.getImage(first ?? '').tag({ repo, tag })
  }
}
