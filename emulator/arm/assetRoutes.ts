import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ArmError, badRequest } from '../armError.ts'
import { modelRegistered } from '../events/modelRegistered.ts'
import type { Bindings } from '../http/bindings.ts'
import { type Bag, bag, type ContainerRecord, type VersionRecord } from '../state/records.ts'
import { assetFilter } from './assetFilter.ts'
import { type AssetRules, checkUpdate, containerNotFound, normalizedProperties, versionNotFound } from './assetRules.ts'
import { envelope } from './envelope.ts'
import { checkAssetName } from './names.ts'
import { page } from './paging.ts'
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

/** Containers and versions of models, codes, environments and data: synchronous, as Azure has them. */
export function assetRoutes(parts: WorkspaceParts, rules: AssetRules): Hono<Bindings> {
  const { identity, state, events } = parts
  const { kind } = rules
  const { containers, versions } = state.assets[kind]
  const routes = new Hono<Bindings>()

  const container = (c: Context): ContainerRecord => {
    const name = c.req.param('name') ?? ''
    const found = containers.get(name)
    if (!found) throw containerNotFound(rules, name)
    return found
  }

  /** The one that was made last, of those that are left. */
  const latestVersion = ({ name, latestVersion: made }: ContainerRecord): string | null => {
    if (made === null || versions.get(`${name}/${made}`) !== undefined) return made
    let newest: VersionRecord | undefined
    for (const one of versions.children(name)) if (one.sequence > (newest?.sequence ?? 0)) newest = one
    return newest?.version ?? null
  }

  const renderContainer = (record: ContainerRecord): unknown =>
    envelope({
      identity,
      record,
      path: [kind, record.name],
      name: record.name,
      properties: {
        ...withDefaults(record.properties),
        latestVersion: latestVersion(record),
        nextVersion: String(record.highestVersion + 1),
        provisioningState: 'Succeeded',
      },
    })

  const renderVersion = (record: VersionRecord): unknown =>
    envelope({
      identity,
      record,
      path: [kind, record.name, 'versions', record.version],
      name: record.version,
      properties: {
        isAnonymous: false,
        ...withDefaults(record.properties, rules.defaults),
        provisioningState: 'Succeeded',
      },
    })

  routes.get(`/${kind}`, (c) => {
    const wanted = assetFilter(c)
    const items = [...containers.children()].filter(({ properties }) => wanted(properties))
    return c.json(page(c, { items, order: 'newest first', sizeParameter: 'count', render: renderContainer }))
  })

  routes.get(`/${kind}/:name`, (c) => c.json(renderContainer(container(c))))

  routes.put(`/${kind}/:name`, async (c) => {
    const name = c.req.param('name')
    checkAssetName(name)
    const { properties } = await requestBody(c, assetBody)
    const before = containers.get(name)
    const now = state.created()
    const made = before
      ? { ...before, lastModifiedAt: now.lastModifiedAt, properties }
      : { ...now, name, properties, latestVersion: null, highestVersion: 0 }
    return created(c, { isNew: before === undefined, body: renderContainer(containers.set(name, made)) })
  })

  routes.delete(`/${kind}/:name`, (c) => {
    const name = c.req.param('name')
    for (const { version } of [...versions.children(name)]) versions.delete(`${name}/${version}`)
    return c.body(null, containers.delete(name) ? 200 : 204)
  })

  routes.get(`/${kind}/:name/versions`, (c) => {
    const wanted = assetFilter(c)
    const version = c.req.query('version')
    const hash = c.req.query('hash')
    // A search by content looks at the whole workspace, whatever the name: clients ask with a name they have made up.
    const searched =
      hash === undefined
        ? [...versions.children(container(c).name)]
        : [...versions.entries()].map(([, record]) => record).filter(({ properties }) => hashOf(properties) === hash)
    const items = searched.filter(
      (record) => wanted(record.properties) && (version === undefined || record.version === version),
    )
    return c.json(page(c, { items, order: order(c), sizeParameter: '$top', render: renderVersion }))
  })

  routes.get(`/${kind}/:name/versions/:version`, (c) => {
    const { name } = container(c)
    const version = c.req.param('version')
    const found = versions.get(`${name}/${version}`)
    if (!found) throw versionNotFound(rules, name, version)
    return c.json(renderVersion(found))
  })

  routes.put(`/${kind}/:name/versions/:version`, async (c) => {
    const { name, version } = c.req.param()
    checkAssetName(name)
    checkAssetName(version)
    const body = await requestBody(c, assetBody)
    const properties = normalizedProperties(rules, body.properties)
    // From here to the end nothing waits, so of two clients the second one sees what the first one made.
    const key = `${name}/${version}`
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
      const owner = containers.get(name) ?? { ...now, name, properties: {}, latestVersion: null, highestVersion: 0 }
      const number = /^\d{1,15}$/.test(version) ? Number(version) : 0
      containers.set(name, {
        ...owner,
        latestVersion: version,
        highestVersion: Math.max(owner.highestVersion, number),
      })
    }
    versions.set(key, made)
    if (!before && kind === 'models') events.publish(modelRegistered(made))
    return created(c, { isNew: before === undefined, body: renderVersion(made) })
  })

  routes.delete(`/${kind}/:name/versions/:version`, (c) => {
    const { name, version } = c.req.param()
    return c.body(null, versions.delete(`${name}/${version}`) ? 200 : 204)
  })

  routes.post(`/${kind}/:name/versions/:version/startPendingUpload`, async (c) =>
    c.json(await pendingUpload({ parts, origin: new URL(c.req.url).origin })),
  )

  const created = (c: Context, made: { readonly isNew: boolean; readonly body: unknown }): Response => {
    const { origin, pathname, search } = new URL(c.req.url)
    if (made.isNew) c.header('Location', `${origin}${pathname}${search}`)
    return c.json(made.body, made.isNew ? 201 : 200)
  }

  return routes
}

/** An update may leave the address of the data out; it stays. */
function keptUri({ uri }: AssetRules, before: VersionRecord): Bag {
  return uri === undefined ? {} : { [uri]: before.properties[uri] }
}

function withDefaults(properties: Bag, more: Bag = {}): Bag {
  return {
    ...properties,
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, properties[name] ?? value])),
    description: properties.description ?? null,
    tags: properties.tags ?? {},
    properties: properties.properties ?? {},
    isArchived: properties.isArchived ?? false,
  }
}

function hashOf({ properties }: Bag): unknown {
  return typeof properties === 'object' && properties !== null && 'hash_sha256' in properties
    ? properties.hash_sha256
    : undefined
}

function order(c: Context): 'newest first' | 'oldest first' {
  return /\basc$/i.test(c.req.query('$orderBy') ?? c.req.query('orderBy') ?? '') ? 'oldest first' : 'newest first'
}
