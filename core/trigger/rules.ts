import picomatch from 'picomatch'
import { asksWhatIsServed } from '../config/metricExpression.ts'
import type { TriggerRule, TriggerSource } from '../config/triggerFile.ts'
import { judgeMetrics, type Measured } from './metrics.ts'
import type { RegisteredVersion } from './registry.ts'
import { versionNumber } from './versionOrder.ts'
import { fitsWildcard } from './wildcard.ts'

/** Which models a look at services is about. */
export interface ModelRule {
  /** Globs over model names; none is every model. */
  readonly models: readonly string[]
  /** Tags that a version must carry. */
  readonly tags: Readonly<Record<string, string>>
}

/** A test of model names; `!` before a glob excludes what it matches. Pure. */
export function nameTest({ models }: Pick<ModelRule, 'models'>): (name: string) => boolean {
  const including = models.filter((glob) => !glob.startsWith('!'))
  const excluding = models.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1))
  const included = including.length === 0 ? () => true : picomatch(including)
  const excluded = excluding.length === 0 ? () => false : picomatch(excluding)
  return (name) => included(name) && !excluded(name)
}

/** One condition of a rule, and whether a version fulfils it; `text` is a clause with the values in it. */
export interface Reason {
  readonly holds: boolean
  readonly text: string
}

export interface Verdict {
  readonly selected: boolean
  readonly reasons: readonly Reason[]
}

/** Judges a version by every condition of a rule but the state of the ledger. Pure. */
export function judge(options: {
  readonly rule: TriggerRule
  readonly source: Pick<TriggerSource, 'name'>
  readonly version: RegisteredVersion
  /** What the rule's service serves; asked of rules that compare with it. */
  readonly served: Measured | undefined
}): Verdict {
  const { rule, source, version, served } = options
  const reasons = [...namedReasons(rule, source, version), ...labelReasons(rule, version)]
  const { stage, minimumVersion, since, when } = rule
  if (stage !== undefined)
    reasons.push({
      holds: version.stage?.toLowerCase() === stage.toLowerCase(),
      text: `the stage is ${version.stage ?? 'not set'}, asked for is ${stage}`,
    })
  if (minimumVersion !== undefined) {
    const number = versionNumber(version.version)
    const holds = number !== undefined && number >= minimumVersion
    reasons.push({ holds, text: `the version is ${version.version}, asked for is at least ${minimumVersion}` })
  }
  if (since !== undefined)
    reasons.push({
      holds: Date.parse(version.registeredAt) >= Date.parse(since),
      text: `it was registered ${version.registeredAt}, asked for is since ${since}`,
    })
  if (when !== undefined) {
    const { holds, because } = judgeMetrics(when.expression, version, served)
    reasons.push({ holds, text: because.join(', ') })
  }
  return { selected: reasons.every(({ holds }) => holds), reasons }
}

function namedReasons(rule: TriggerRule, source: Pick<TriggerSource, 'name'>, version: RegisteredVersion): Reason[] {
  const reasons: Reason[] = [
    { holds: rule.enabled, text: rule.enabled ? 'the rule is enabled' : 'the rule is not enabled' },
    {
      holds: nameTest(rule)(version.model),
      text: `the model is ${version.model}, asked for is ${rule.models.join(', ')}`,
    },
  ]
  if (rule.sources.length > 0)
    reasons.push({
      holds: rule.sources.includes(source.name),
      text: `it is in ${source.name}, asked for is ${rule.sources.join(', ')}`,
    })
  if (version.isArchived) reasons.push({ holds: false, text: 'it is archived' })
  return reasons
}

function labelReasons(rule: TriggerRule, version: RegisteredVersion): Reason[] {
  return (['tags', 'properties'] as const).flatMap((part) =>
    Object.entries(rule[part]).map(([name, pattern]) => {
      const value = Object.hasOwn(version[part], name) ? version[part][name] : undefined
      const noun = part === 'tags' ? 'tag' : 'property'
      const is = value === undefined ? 'is not there' : `is ${JSON.stringify(value.slice(0, 100))}`
      return { holds: fits(pattern, value), text: `the ${noun} ${name} ${is}, asked for is ${pattern}` }
    }),
  )
}

function fits(pattern: string, value: string | undefined): boolean {
  if (pattern.startsWith('!')) return value === undefined || !fitsWildcard(pattern.slice(1), value)
  return value !== undefined && fitsWildcard(pattern, value)
}

/** Whether what a rule asks of a version can change after it was registered. */
export function looksAtLabels(rule: TriggerRule): boolean {
  const { tags, properties, stage, when } = rule
  return stage !== undefined || when !== undefined || Object.keys({ ...tags, ...properties }).length > 0
}

export function looksAtService({ when }: TriggerRule): boolean {
  return when !== undefined && asksWhatIsServed(when.expression)
}
