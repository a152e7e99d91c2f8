import { checkDocument, type RuleFault, type Sparse } from './check.ts'
import { rulesOfEveryTarget } from './deploymentRules.ts'
import { deploymentSchema, type GivenDeployment } from './deploymentSchema.ts'
import type { ConfigDocument } from './document.ts'
import type { ConfigWarning, ValuePath } from './faults.ts'
import { ignoredKeysWarning } from './ignoredKeys.ts'

/** A deployment configuration that was checked, and the document it stands in. */
export interface DeploymentFile {
  readonly given: GivenDeployment
  readonly document: ConfigDocument
}

/**
 * Reads a deployment configuration in the words that all targets share; what a target does not honour is known, so
 * that moving a file from one target to another is not full of unknown keys.
 *
 * @throws InputError with every fault of the file
 */
export function readDeploymentFile(
  document: ConfigDocument,
  rules: (given: Sparse<GivenDeployment>) => readonly RuleFault[] = () => [],
): DeploymentFile {
  const given = checkDocument({
    document,
    schema: deploymentSchema,
    partial: deploymentSchema.partial(),
    rules: (seen) => [...rulesOfEveryTarget(seen), ...rules(seen)],
  })
  return { given, document }
}

/** One warning for all keys of the file that are not among the honoured ones, given as paths of keys. */
export function unhonoured(
  { document, given }: DeploymentFile,
  honoured: readonly string[],
  who: string,
): ConfigWarning[] {
  const known = new Set(['$schema', 'computeType', ...honoured])
  const paths: ValuePath[] = []
  for (const [key, value] of Object.entries(given)) {
    if (known.has(key)) continue
    const inner = typeof value === 'object' && value !== null ? Object.keys(value) : []
    const some = inner.filter((name) => known.has(`${key}.${name}`))
    if (some.length === 0) paths.push([key])
    else paths.push(...inner.filter((name) => !known.has(`${key}.${name}`)).map((name) => [key, name]))
  }
  return ignoredKeysWarning(document, paths, who)
}
