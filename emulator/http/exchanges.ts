import { channel } from 'node:diagnostics_channel'
import type { MiddlewareHandler } from 'hono'
import type { Bindings } from './bindings.ts'

/** One request to the resource manager with its answer, whole: it holds secrets and must not be stored as it is. */
export interface Exchange {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly userAgent: string
  readonly requestBody: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly responseBody: string
}

/**
 * Where exchanges are published for observers in this process, as Node's libraries do it: nothing is copied while
 * nobody listens, and who listens needs no access to the emulator.
 */
export const exchanges = channel('azureml-cd.emulator.exchange')

/** Publishes every exchange once it has been answered. */
export const publishExchange: MiddlewareHandler<Bindings> = async (c, next) => {
  await next()
  if (!exchanges.hasSubscribers) return
  const { pathname, search } = new URL(c.req.url)
  exchanges.publish({
    method: c.req.method,
    // The front end of a region, where clients of registries go, is described without its own path.
    path: `${pathname.replace(/^\/mferp\/managementfrontend(?=\/)/i, '')}${search}`,
    userAgent: c.req.header('user-agent') ?? '',
    requestBody: await c.req.text().catch(() => ''),
    status: c.res.status,
    headers: Object.fromEntries(c.res.headers),
    responseBody: await c.res.clone().text(),
  } satisfies Exchange)
}
