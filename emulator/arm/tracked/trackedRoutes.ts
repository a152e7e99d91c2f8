import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type ArmError, badRequest, conflict } from '../../armError.ts'
import type { Bindings } from '../../http/bindings.ts'
import type { Collection } from '../../state/collection.ts'
import { type Bag, bag, type TrackedRecord, texts } from '../../state/records.ts'
import { systemData } from '../envelope.ts'
import type { OperationPages } from '../operationPages.ts'
import { begun } from '../operationRoutes.ts'
import type { OperationScope } from '../operations.ts'
import { page } from '../paging.ts'
import { requestBody } from '../requestBody.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { trackedDelete, trackedPut } from './trackedLifecycle.ts'

/** A resource as a client sends it. */
export interface TrackedBody {
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Bag
  readonly beside: Bag
}

/** How resources of one type differ from those of another. */
export interface TrackedKind {
  readonly collection: Collection<TrackedRecord>
  /** Of the collection; the parent it lives in, if any, is the parameter `parent`. */
  readonly route: string
  readonly type: string
  readonly scope: OperationScope
  readonly pages: OperationPages
  /** Collections whose resources live inside these. */
  readonly inside?: readonly Collection<TrackedRecord>[]
  readonly missing: (name: string, parent: string) => ArmError
  /** Throws `ArmError` for what cannot be made or changed so. What it answers is stored. */
  readonly check: (asked: {
    readonly name: string
    readonly parent: string
    readonly body: TrackedBody
    readonly before: TrackedRecord | undefined
  }) => Bag
  /** What a PUT takes time for. What it throws fails the operation. */
  readonly run?: (key: string, signal: AbortSignal) => Promise<void>
  /** What a DELETE ends before the resource is gone. */
  readonly gone?: (key: string) => Promise<void>
  /** The properties as clients see them. */
  readonly properties: (record: TrackedRecord, c: Context) => Bag
  /** The properties a PATCH may change beside tags. */
  readonly patchable?: readonly string[]
  readonly isLocated?: boolean
  /** What a client gets for a PUT of something that is there. */
  readonly updateStatus?: 200 | 201
  /** How a PATCH is answered: at once with the resource, or as a long-running operation. */
  readonly patch: 'at once' | 'operation' | 'none'
  readonly delete: 'at once' | 'operation'
  /** Throws `ArmError` when it may not be deleted now. */
  readonly checkDelete?: (c: Context, record: TrackedRecord) => void
}

const beside = {
  kind: z.string().nullish(),
  sku: bag.nullish(),
  identity: bag.nullish(),
  zones: z.array(z.string()).nullish(),
}
const body = z.looseObject({
  location: z.string().min(1).nullish(),
  tags: texts.nullish(),
  properties: bag.nullish(),
  ...beside,
})
const patchBody = z.looseObject({ tags: texts.nullish(), properties: bag.nullish(), identity: bag.nullish() })

/** Listing, reading, making, changing and deleting resources of one type. */
export function trackedRoutes(parts: WorkspaceParts, kind: TrackedKind): Hono<Bindings> {
  const { identity, state, operations, faults } = parts
  const { collection, pages } = kind
  const routes = new Hono<Bindings>()
  const keyOf = (c: Context): { readonly key: string; readonly name: string; readonly parent: string } => {
    const name = c.req.param('name') ?? ''
    const parent = c.req.param('parent') ?? ''
    return { key: parent === '' ? name : `${parent}/${name}`, name, parent }
  }
  const existing = (c: Context): TrackedRecord => {
    const { key, name, parent } = keyOf(c)
    const found = collection.get(key)
    if (!found) throw kind.missing(name, parent)
    return found
  }
  const checkIdle = (record: TrackedRecord, doing: string): void => {
    if (record.operation !== null)
      throw conflict(`Cannot ${doing} ${record.name} because it is in ${record.provisioningState} provisioning state.`)
  }
  const render = (c: Context, record: TrackedRecord): unknown => trackedAnswer({ parts, kind, record, c })

  for (const route of [kind.route, ...ofSubscription(kind.route)])
    routes.get(route, (c) => {
      const items = collection.children(c.req.param('parent') ?? '')
      return c.json(
        page(c, { items, order: 'newest first', sizeParameter: 'count', render: (record) => render(c, record) }),
      )
    })

  routes.get(`${kind.route}/:name`, (c) => {
    const record = existing(c)
    operations.look(record.operation)
    return c.json(render(c, record))
  })

  routes.put(`${kind.route}/:name`, async (c) => {
    const { key, name, parent } = keyOf(c)
    const asked = await requestBody(c, body)
    const before = collection.get(key)
    if (before) checkIdle(before, 'update')
    if (kind.isLocated !== false && !asked.location) throw badRequest('The property location is required.')
    const given: TrackedBody = {
      location: asked.location ?? identity.location,
      tags: asked.tags ?? {},
      properties: asked.properties ?? {},
      beside: Object.fromEntries(
        Object.keys(beside)
          .map((word): readonly [string, unknown] => [word, asked[word]])
          .filter(([, value]) => value != null),
      ),
    }
    const settings = { tags: given.tags, properties: kind.check({ name, parent, body: given, before }) }
    const target = c.req.path
    const operation = operations.begin({ scope: kind.scope, verb: 'put', target })
    const record = collection.set(
      key,
      before
        ? { ...before, provisioningState: 'Updating', operation: operation.id, pending: settings }
        : {
            ...state.created(),
            ...settings,
            ...{ id: randomUUID(), key, name, location: given.location, beside: given.beside },
            ...{ provisioningState: 'Creating', operation: operation.id, pending: null },
          },
    )
    const putStatus = before ? (kind.updateStatus ?? 201) : 201
    const answer = begun(c, { identity, operation, pages, putStatus, body: render(c, { ...record, ...settings }) })
    operations.carryOut(operation.id, trackedPut(collection, key, kind.run), faults.failureOf(c.env.incoming))
    return answer
  })

  if (kind.patch !== 'none')
    routes.patch(`${kind.route}/:name`, async (c) => {
      const asked = await requestBody(c, patchBody)
      const before = existing(c)
      checkIdle(before, 'update')
      const changed = Object.entries(asked.properties ?? {}).filter(([word]) => kind.patchable?.includes(word))
      const settings = {
        tags: asked.tags ?? before.tags,
        properties: { ...before.properties, ...Object.fromEntries(changed) },
      }
      if (kind.patch === 'at once')
        return c.json(render(c, collection.set(before.key, { ...before, ...settings, ...modifiedNow() })))
      const operation = operations.begin({ scope: kind.scope, verb: 'patch', target: c.req.path })
      const record = collection.set(before.key, {
        ...before,
        ...{ provisioningState: 'Updating', operation: operation.id, pending: settings },
      })
      const answer = begun(c, { identity, operation, pages, body: render(c, record) })
      operations.carryOut(operation.id, trackedPut(collection, before.key), faults.failureOf(c.env.incoming))
      return answer
    })

  routes.delete(`${kind.route}/:name`, async (c) => {
    const { key } = keyOf(c)
    const before = collection.get(key)
    if (!before) return c.body(null, 204)
    checkIdle(before, 'delete')
    kind.checkDelete?.(c, before)
    const work = trackedDelete(collection, key, kind.inside)
    if (kind.delete === 'at once') {
      await kind.gone?.(key)
      work.succeed()
      return c.json(render(c, before), 200)
    }
    const operation = operations.begin({ scope: kind.scope, verb: 'delete', target: c.req.path })
    collection.set(key, { ...before, provisioningState: 'Deleting', operation: operation.id })
    const answer = begun(c, { identity, operation, pages, body: null })
    operations.carryOut(operation.id, work, faults.failureOf(c.env.incoming))
    return answer
  })

  return routes
}

/** A tracked resource as clients see it. */
export function trackedAnswer(options: {
  readonly parts: WorkspaceParts
  readonly kind: TrackedKind
  readonly record: TrackedRecord
  readonly c: Context
}): unknown {
  const { parts, kind, record, c } = options
  const [, parent = ''] = /^(.*)\/[^/]+$/.exec(record.key) ?? []
  const { subscriptionId, resourceGroup, workspace } = parts.identity
  const path = kind.route
    .replace(':subscription', subscriptionId)
    .replace(':group', resourceGroup)
    .replace(':workspace', workspace)
    .replace(':parent', parent)
  return {
    id: `${path}/${record.name}`,
    name: record.name,
    type: kind.type,
    ...(kind.isLocated === false ? {} : { location: record.location, tags: record.tags }),
    ...record.beside,
    properties: kind.properties(record, c),
    systemData: systemData(parts.identity, record),
  }
}

/** Resources that live in a resource group itself can be listed for the whole subscription too. */
function ofSubscription(route: string): readonly string[] {
  const inGroup = /^(\/subscriptions\/:subscription)\/resourceGroups\/:group(\/providers\/[^/]+\/[^/]+)$/.exec(route)
  return inGroup ? [`${inGroup[1]}${inGroup[2]}`] : []
}

function modifiedNow(): { readonly lastModifiedAt: string } {
  return { lastModifiedAt: new Date().toISOString() }
}
