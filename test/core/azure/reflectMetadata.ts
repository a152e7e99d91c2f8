/**
 * `@peculiar/x509` asks for decorator metadata (through tsyringe) and does not bring it along. These few functions over
 * a map are all it uses. Import this, then import the library dynamically: static imports of packages run first.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>()

const own = (key: unknown, target: object) => metadata.get(target)?.get(key)

function inherited(key: unknown, target: object): unknown {
  const found = own(key, target)
  const parent = Object.getPrototypeOf(target)
  return found ?? (parent === null ? undefined : inherited(key, parent))
}

function define(key: unknown, value: unknown, target: object): void {
  const entries = metadata.get(target) ?? new Map<unknown, unknown>()
  metadata.set(target, entries.set(key, value))
}

if (!('getMetadata' in Reflect))
  Object.assign(Reflect, {
    getMetadata: inherited,
    getOwnMetadata: own,
    hasOwnMetadata: (key: unknown, target: object) => metadata.get(target)?.has(key) ?? false,
    defineMetadata: define,
    metadata: (key: unknown, value: unknown) => (target: object) => define(key, value, target),
  })
