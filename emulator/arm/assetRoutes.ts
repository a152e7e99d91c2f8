import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ArmError, badRequest } from '../armError.ts'
import { modelRegistered } from '../events/modelRegistered.ts'
import type { Bindings } from '../http/bindings.ts'
import { type Bag, bag, bagOf, type ContainerRecord, type VersionRecord } from '../state/records.ts'
import { AssetAnswers } from './assetAnswers.ts'
import { assetFilter } from './assetFilter.ts'
import type { AssetPlace } from './assetPlace.ts'
import { type AssetRules, checkUpdate, containerNotFound, normalizedProperties, versionNotFound } from './assetRules.ts'
import { checkAssetName } from './names.ts'
import { begun } from './operationRoutes.ts'
import type { OperationWork } from './operations.ts'
import { page, where } from './paging.ts'
import { pendingUpload } from './pendingUpload.ts'
import { requestBody } from './requestBody.ts'
import type { WorkspaceParts } from './workspaceParts.ts'

/** Texts by name. Azure takes numbers and truth values as well and keeps them as texts; azure-ai-ml sends some. */
const texts = bag.transform((given) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
    ]),
  ),
)
const assetBody = z.object({
  properties: z.looseObject({ tags: texts.nullish(), properties: texts.nullish(), isArchived: z.boolean().nullish() }),
})

/** What is done when it is answered, although clients are told to wait for it. */
const nothingMore: OperationWork = { run: async () => undefined, succeed: () => undefined, fail: () => undefined }

/** Containers and versions of models, codes, environments and data, in the workspace or in a registry. */
export function assetRoutes(parts: WorkspaceParts, rules: AssetRules, place: AssetPlace): Hono<Bindings> {
  const { identity, state, events, operations } = parts
  const { kind } = rules
  const { containers, versions } = place.collections[kind]
  const answers = new AssetAnswers({ identity, rules, place })
  const route = `${place.route}/${kind}`
  const routes = new Hono<Bindings>()

  const container = (c: Context): ContainerRecord => {
    const name = c.req.param('name') ?? ''
    const found = containers.get(`${place.prefix(c)}${name}`)
    if (!found) throw containerNotFound(rules, name)
    return found
  }

  const written = (c: Context, made: { readonly isNew: boolean; readonly body: unknown }): Response => {
    if (place.isLongRunning) {
      const operation = operations.begin({ scope: 'ra', verb: 'put', target: c.req.path })
      operations.carryOut(operation.id, nothingMore, parts.faults.failureOf(c.env.incoming))
      return begun(c, { identity, operation, body: made.body })
    }
    const { origin, pathname, search } = new URL(c.req.url)
    if (made.isNew) c.header('Location', `${origin}${pathname}${search}`)
    return c.json(made.body, made.isNew ? 201 : 200)
  }

  const deleted = (c: Context, wasThere: boolean): Response => {
    if (!place.isLongRunning || !wasThere) return c.body(null, wasThere ? 200 : 204)
    const operation = operations.begin({ scope: 'ra', verb: 'delete', target: c.req.path })
    operations.carryOut(operation.id, nothingMore, parts.faults.failureOf(c.env.incoming))
    return begun(c, { identity, operation, body: null })
  }

  routes.get(route, (c) => {
    const prefix = place.prefix(c)
    const wanted = assetFilter(c)
    const items = where(containers.children(prefix.replace(/\/$/, '')), ({ properties }) => wanted(properties))
    const render = (record: ContainerRecord): unknown => answers.container(record, prefix)
    return c.json(page(c, { items, order: 'newest first', sizeParameter: 'count', render }))
  })

  routes.get(`${route}/:name`, (c) => c.json(answers.container(container(c), place.prefix(c))))

  routes.put(`${route}/:name`, async (c) => {
    const name = c.req.param('name')
    checkAssetName(name)
    const prefix = place.prefix(c)
    const { properties } = await requestBody(c, assetBody)
    const before = containers.get(`${prefix}${name}`)
    const now = state.created()
    const made = containers.set(
      `${prefix}${name}`,
      before
        ? { ...before, lastModifiedAt: now.lastModifiedAt, properties }
        : { ...now, name, properties, latestVersion: null, highestVersion: 0 },
    )
    return written(c, { isNew: before === undefined, body: answers.container(made, prefix) })
  })

  routes.delete(`${route}/:name`, (c) => {
    const key = `${place.prefix(c)}${c.req.param('name')}`
    for (const { version } of [...versions.children(key)]) versions.delete(`${key}/${version}`)
    return deleted(c, containers.delete(key))
  })

  routes.get(`${route}/:name/versions`, (c) => {
    const prefix = place.prefix(c)
    const wanted = assetFilter(c)
    const version = c.req.query('version')
    const hash = c.req.query('hash')
    // A search by content looks at the whole place, whatever the name: clients ask with a name they have made up.
    const searched =
      hash === undefined ? versions.children(`${prefix}${container(c).name}`) : withHash(versions.entries(), hash)
    const items = where(
      searched,
      (record) => wanted(record.properties) && (version === undefined || record.version === version),
    )
    const render = (record: VersionRecord): unknown => answers.version(record, prefix)
    return c.json(page(c, { items, order: order(c), sizeParameter: '$top', render }))
  })

  routes.get(`${route}/:name/versions/:version`, (c) => {
    const { name } = container(c)
    const version = c.req.param('version')
    const prefix = place.prefix(c)
    const found = versions.get(`${prefix}${name}/${version}`)
    if (!found) throw versionNotFound(rules, name, version)
    return c.json(answers.version(found, prefix))
  })

  routes.put(`${route}/:name/versions/:version`, async (c) => {
    const { name, version } = c.req.param()
    checkAssetName(name)
    checkAssetName(version)
    const prefix = place.prefix(c)
    const body = await requestBody(c, assetBody)
    const properties = normalizedProperties(rules, body.properties)
    // From here to the end nothing waits, so of two clients the second one sees what the first one made.
    const key = `${prefix}${name}/${version}`
    const before = versions.get(key)
    if (before && c.req.header('if-none-match') === '*')
      throw new ArmError({
        status: 412,
        code: 'PreconditionFailed',
        message: `${rules.noun} version ${name}:${version} already exists.`,
        details: [],
      })
    if (before) checkUpdate(rules, before.properties, properties)
    else if (rules.uri !== undefined && typeof properties[rules.uri] !== 'string')
      throw badRequest(`The property ${rules.uri} is required.`)
    const now = state.created()
    const made: VersionRecord = before
      ? { ...before, lastModifiedAt: now.lastModifiedAt, properties: { ...keptUri(rules, before), ...properties } }
      : { ...now, name, version, properties }
    if (!before) {
      const owner = containers.get(`${prefix}${name}`) ?? {
        ...now,
        ...{ name, properties: {}, latestVersion: null, highestVersion: 0 },
      }
      const number = /^\d{1,15}$/.test(version) ? Number(version) : 0
      const highestVersion = Math.max(owner.highestVersion, number)
      containers.set(`${prefix}${name}`, { ...owner, latestVersion: version, highestVersion })
    }
    versions.set(key, made)
    if (!before && kind === 'models' && prefix === '') events.publish(modelRegistered(made))
    return written(c, { isNew: before === undefined, body: answers.version(made, prefix) })
  })

  routes.delete(`${route}/:name/versions/:version`, (c) => {
    const { name, version } = c.req.param()
    return deleted(c, versions.delete(`${place.prefix(c)}${name}/${version}`))
  })

  if (place.pendingUploads.includes(kind))
    routes.post(`${route}/:name/versions/:version/startPendingUpload`, async (c) => {
      place.prefix(c)
      return c.json(await pendingUpload({ parts, origin: new URL(c.req.url).origin }))
    })

  return routes
}

/** An update may leave the address of the data out; it stays. */
function keptUri({ uri }: AssetRules, before: VersionRecord): Bag {
  return uri === undefined ? {} : { [uri]: before.properties[uri] }
}

function* withHash(entries: Iterable<[string, VersionRecord]>, hash: string): Generator<VersionRecord> {
  for (const [, record] of entries) if (bagOf(record.properties.properties).hash_sha256 === hash) yield record
}

function order(c: Context): 'newest first' | 'oldest first' {
  return /\basc$/i.test(c.req.query('$orderBy') ?? c.req.query('orderBy') ?? '') ? 'oldest first' : 'newest first'
}
