import { checkDocument } from './check.ts'
import { type ConfigDocument, parseDocument, type SourceFile } from './document.ts'
import type { ConfigWarning } from './faults.ts'
import type { MetricExpression } from './metricExpression.ts'
import type { QuietHours } from './quietHours.ts'
import { sourcesOf, triggerRules } from './triggerRules.ts'
import { type GivenTriggers, triggersSchema } from './triggersSchema.ts'

/** A workspace or a registry whose models are looked at. */
export interface TriggerSource {
  readonly kind: 'workspace' | 'registry'
  /** How rules refer to it: its own name unless the file gives another. */
  readonly name: string
  readonly id: string
  readonly subscriptionId: string
  readonly resourceGroup: string
  /** The workspace's or registry's own name. */
  readonly resource: string
  readonly cloud: string | undefined
  readonly apiVersion: string | undefined
}

/** Which model versions start what. */
export interface TriggerRule {
  readonly name: string
  readonly enabled: boolean
  /** Decided and told, never started. */
  readonly dryRun: boolean
  /** Names of sources; none is every one. */
  readonly sources: readonly string[]
  /** Globs over model names. */
  readonly models: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
  readonly stage: string | undefined
  readonly minimumVersion: number | undefined
  /** Only versions registered then or later; ISO 8601. */
  readonly since: string | undefined
  readonly when: { readonly text: string; readonly expression: MetricExpression } | undefined
  /** `newest`: a version older than one that was started is never started. `every`: all, oldest first. */
  readonly order: 'newest' | 'every'
  readonly debounceSeconds: number
  /** The endpoint that the destinations deploy to. */
  readonly service: string | undefined
  /** How many started pipelines of this service may run at the same time. */
  readonly concurrency: number | undefined
  readonly quietHours: readonly QuietHours[]
  readonly destinations: readonly string[]
}

export interface TriggerFile {
  readonly file: string
  readonly sources: readonly TriggerSource[]
  readonly rules: readonly TriggerRule[]
  readonly destinations: GivenTriggers['destinations']
  /** How often older versions are looked at again, whose tags may have changed. */
  readonly rereadSeconds: number
  /** Whether model versions get tags that tell what they started. */
  readonly tagVersions: boolean
  readonly warnings: readonly ConfigWarning[]
}

/**
 * Reads triggers.yml.
 *
 * @throws InputError with every fault of the file
 */
export function parseTriggerFile(source: SourceFile): TriggerFile {
  const document = parseDocument(source)
  const given = checkDocument({
    document,
    schema: triggersSchema,
    partial: triggersSchema.partial(),
    rules: triggerRules,
  })
  const used = new Set(given.rules.flatMap(({ destinations }) => destinations))
  const unused = Object.keys(given.destinations).filter((name) => !used.has(name))
  return {
    file: source.file,
    sources: sourcesOf(given),
    rules: given.rules.map((rule, index) => ruleOf(rule, index, document)),
    destinations: given.destinations,
    rereadSeconds: given.rereadEvery ?? 3600,
    tagVersions: given.tagVersions ?? true,
    warnings: unused.map((name) => ({
      message: `No rule names the destination "${name}".`,
      position: { file: source.file, line: document.line(['destinations', name]) },
    })),
  }
}

function ruleOf(given: GivenTriggers['rules'][number], index: number, document: ConfigDocument): TriggerRule {
  const { name, model, when, stage, minimumVersion, since, service, concurrency } = given
  return {
    ...{ name, when, stage, minimumVersion, since, service, concurrency },
    enabled: given.enabled ?? true,
    dryRun: given.dryRun ?? false,
    sources: given.workspaces ?? [],
    models: model,
    tags: texts('tags', given, ['rules', index], document),
    properties: texts('properties', given, ['rules', index], document),
    order: given.order ?? 'newest',
    debounceSeconds: given.debounce ?? 0,
    quietHours: given.quietHours ?? [],
    destinations: [...new Set(given.destinations)],
  }
}

/** Texts as they are written: `1.10` stays `1.10`. */
function texts(
  key: 'tags' | 'properties',
  given: GivenTriggers['rules'][number],
  at: readonly (string | number)[],
  document: ConfigDocument,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given[key] ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (document.scalar([...at, key, name]) ?? String(value)),
    ]),
  )
}
