import { InputError } from '../errors.ts'

/** The parts of `registry:port/repository:tag`. */
export interface ImageName {
  /** Undefined for an image that stays on this machine, or of Docker Hub. */
  readonly registry: string | undefined
  readonly repository: string
  readonly tag: string | undefined
}

const repository = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
/** A first part without a dot or a port is a folder of Docker Hub. */
const registryPattern = /^(?:localhost|[A-Za-z0-9-]+(?=:\d)|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::\d{1,5})?$/
const tagPattern = /^\w[\w.-]{0,127}$/

/** Reads a name; undefined when Docker would not take it. */
export function parseImageName(text: string): ImageName | undefined {
  const slash = text.indexOf('/')
  const first = slash < 0 ? '' : text.slice(0, slash)
  const registry = registryPattern.test(first) ? first : undefined
  const rest = registry === undefined ? text : text.slice(slash + 1)
  const [, path = '', tag] = /^(.*?)(?::([^:/]*))?$/.exec(rest) ?? []
  if (!repository.test(path) || path.length > 255 || (tag !== undefined && !tagPattern.test(tag))) return undefined
  return { registry, repository: path, tag }
}

export function formatImageName({ registry, repository: path, tag }: ImageName): string {
  return `${registry === undefined ? '' : `${registry}/`}${path}${tag === undefined ? '' : `:${tag}`}`
}

/** A name with a tag: the one that is given, or one made from the content, so that equal content has an equal name. */
export function taggedImage(text: string, digest: string): string {
  const name = parseImageName(text)
  if (!name) throw new InputError(`"${text}" is no name of an image.`)
  return formatImageName({ ...name, tag: name.tag ?? digest.slice(0, 16) })
}
