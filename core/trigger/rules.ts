import picomatch from 'picomatch'

/** Which models a sweep is about. */
export interface ModelRule {
  /** Globs over model names; none is every model. */
  readonly models: readonly string[]
  /** Tags that a version must carry. */
  readonly tags: Readonly<Record<string, string>>
}

/** A test of model names; `!` before a glob excludes what it matches. Pure. */
export function nameTest({ models }: ModelRule): (name: string) => boolean {
  const including = models.filter((glob) => !glob.startsWith('!'))
  const excluding = models.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))
  const included = including.length === 0 ? () => true : picomatch(including)
  const excluded = excluding.length === 0 ? () => false : picomatch(excluding)
  return (name) => included(name) && !excluded(name)
}
