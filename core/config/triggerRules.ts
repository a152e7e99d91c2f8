import type { RuleFault, Sparse } from './check.ts'
import type { ValuePath } from './faults.ts'
import { asksWhatIsServed } from './metricExpression.ts'
import { nearest } from './nearest.ts'
import type { TriggerSource } from './triggerFile.ts'
import type { GivenTriggers } from './triggersSchema.ts'

/** Tags that azureml-cd writes itself; a rule that looked at them would answer its own answers. */
export const ownTagPrefix = 'azureml-cd.'

type GivenPlace = NonNullable<GivenTriggers['workspaces']>[number] | NonNullable<GivenTriggers['registries']>[number]

/** The workspaces and registries of a file; those that are not told whole are left out. */
export function sourcesOf({ workspaces = [], registries = [] }: Sparse<GivenTriggers>): readonly TriggerSource[] {
  return [
    ...workspaces.map((given) => sourceOf('workspace', given)),
    ...registries.map((given) => sourceOf('registry', given)),
  ].filter((source) => source !== undefined)
}

function sourceOf(kind: TriggerSource['kind'], given: GivenPlace): TriggerSource | undefined {
  const parts = placeOf(given)
  if (parts === undefined) return undefined
  const { subscriptionId, resourceGroup, resource } = parts
  const { cloud, apiVersion, name = resource } = given
  const provider = 'providers/Microsoft.MachineLearningServices'
  const collection = kind === 'workspace' ? 'workspaces' : 'registries'
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/${provider}/${collection}/${resource}`
  return { kind, name, id, subscriptionId, resourceGroup, resource, cloud, apiVersion }
}

function placeOf(given: GivenPlace) {
  const { id, subscriptionId, resourceGroup } = given
  if (id !== undefined) {
    const [, , subscription = '', , group = '', , , , resource = ''] = id.split('/')
    return { subscriptionId: subscription, resourceGroup: group, resource }
  }
  const resource = 'workspace' in given ? given.workspace : 'registry' in given ? given.registry : undefined
  if (subscriptionId === undefined || resourceGroup === undefined || resource === undefined) return undefined
  return { subscriptionId, resourceGroup, resource }
}

/** What must hold across the keys of triggers.yml. */
export function triggerRules(given: Sparse<GivenTriggers>): RuleFault[] {
  const faults: RuleFault[] = []
  const fault = (path: ValuePath, message: string) => faults.push({ path, message })
  checkPlaces(given, fault)
  const sources = sourcesOf(given)
  const sourceNames = sources.map(({ name }) => name)
  const destinations = given.destinations && Object.keys(given.destinations)
  const names = new Map<string, number>()
  for (const [index, rule] of (given.rules ?? []).entries()) {
    const at = (...path: ValuePath): ValuePath => ['rules', index, ...path]
    // Without regard to case, because the ledger's keys may be kept by a file system that has none.
    const first = names.get(rule.name.toLowerCase())
    if (first === undefined) names.set(rule.name.toLowerCase(), index)
    else
      fault(
        at('name'),
        `${JSON.stringify(rule.name)} is the name of rules[${first}] already; each name is allowed once.`,
      )
    for (const [position, name] of rule.destinations.entries())
      if (destinations && !destinations.includes(name))
        fault(at('destinations', position), unknownName('destination', name, destinations))
    for (const [position, name] of (rule.workspaces ?? []).entries())
      if ((given.workspaces || given.registries) && !sourceNames.includes(name))
        fault(at('workspaces', position), unknownName('workspace or registry', name, sourceNames))
    for (const part of ['tags', 'properties'] as const)
      for (const name of Object.keys(rule[part] ?? {}))
        if (name.startsWith(ownTagPrefix))
          fault(
            at(part, name),
            `Names that begin with "${ownTagPrefix}" are azureml-cd's own notes; a rule cannot look at them.`,
          )
    if (rule.order === 'every' && rule.since === undefined)
      fault(
        at('order'),
        '"every" was given without "since"; say from which date on, so that the versions that are there already are not all started.',
      )
    if (rule.concurrency !== undefined && rule.service === undefined)
      fault(at('concurrency'), 'It was given without "service"; say for which service.')
    const asksService = rule.when !== undefined && asksWhatIsServed(rule.when.expression)
    if (asksService && rule.service === undefined)
      fault(at('when'), 'It compares with what is served; say by which service, with the key "service".')
    const registry = sources.find(({ kind, name }) => kind === 'registry' && (rule.workspaces ?? [name]).includes(name))
    if (asksService && registry)
      fault(
        at('when'),
        `It compares with what is served, and the registry "${registry.name}" does not tell that; narrow the rule with "workspaces".`,
      )
  }
  return faults
}

function checkPlaces(given: Sparse<GivenTriggers>, fault: (path: ValuePath, message: string) => void) {
  const names = new Set<string>()
  for (const key of ['workspaces', 'registries'] as const)
    for (const [index, place] of (given[key] ?? []).entries()) {
      const source = sourceOf(key === 'workspaces' ? 'workspace' : 'registry', place)
      const own = key === 'workspaces' ? 'workspace' : 'registry'
      if (source === undefined) {
        fault(
          [key, index],
          `It is not told whole; either id, or subscriptionId, resourceGroup and ${own} are required.`,
        )
        continue
      }
      if (place.id !== undefined && (place.subscriptionId ?? place.resourceGroup) !== undefined)
        fault([key, index], 'Both id and its parts were given; one of them is allowed.')
      if (names.has(source.name.toLowerCase()))
        fault([key, index], `"${source.name}" is there twice; give one of them another "name".`)
      names.add(source.name.toLowerCase())
    }
  if (given.workspaces?.length === 0 && !given.registries?.length)
    fault(['workspaces'], 'It is empty; at least one workspace or registry is required.')
  if (given.workspaces === undefined && given.registries === undefined)
    fault([], 'At least one workspace or registry is required, under "workspaces" or "registries".')
}

function unknownName(what: string, name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  const mend = meant === undefined ? `known are ${known.join(', ') || 'none'}` : `did you mean "${meant}"?`
  return `There is no ${what} "${name}"; ${mend}${meant === undefined ? '.' : ''}`
}
