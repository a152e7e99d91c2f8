import type { ContainerGroup, ContainerGroups } from '../azure/containerGroups.ts'
import { UserError } from '../errors.ts'
import { type GroupSecrets, groupAgain, groupDigestTag } from './aciGroup.ts'
import { candidateGroup, rollOutGroup } from './aciRollout.ts'
import { connectionOf, type Kept, keep, type Move } from './aciSecrets.ts'
import { identityOf, imageOf, scoringOf, shownOf } from './aciService.ts'
import { pullerOf } from './imagePuller.ts'
import type { Delivered, Delivery, TargetContext } from './target.ts'

const removeSeconds = 1800

/** What a service had before the move that a run which was killed has left, or what it has. */
export function provenOf(
  live: ContainerGroup | undefined,
  kept: Kept | undefined,
): { readonly group: ContainerGroup | undefined; readonly secrets: GroupSecrets | undefined } {
  if (kept?.move) return { group: kept.move.from, secrets: kept.move.secrets }
  return { group: live, secrets: kept?.secrets }
}

/**
 * Brings a service to the group that is wanted. What it comes from is kept beside its secrets while it moves: the run
 * after one that was killed probes what that one has written before it counts, and knows what to go back to.
 */
export async function deliverGroup(options: {
  readonly context: TargetContext
  readonly order: Delivery
  readonly groups: ContainerGroups
  /** As it is now. */
  readonly live: ContainerGroup | undefined
  readonly kept: Kept | undefined
  readonly wanted: ContainerGroup
  readonly secrets: GroupSecrets
  readonly appInsightsKey: string | undefined
}): Promise<Delivered> {
  const { context, order, groups, live, kept, wanted, secrets, appInsightsKey } = options
  const { host, workspace } = context
  const { service, dryRun } = order
  const proven = provenOf(live, kept)
  const before = proven.group ? { [service]: 100 } : {}
  const after = { [service]: 100 }
  const isThere =
    live !== undefined &&
    live.tags?.[groupDigestTag] === wanted.tags?.[groupDigestTag] &&
    live.instanceView?.state === 'Running'
  if (isThere && !kept?.move) {
    host.log.info(`${service} is what is wanted and runs; nothing changes.`)
    // What a run left behind that was killed.
    if (!dryRun) await groups.delete(candidateGroup(service), removeSeconds)
    return { outcome: 'unchanged', deployment: service, before, after, ...shownOf(live) }
  }
  if (dryRun) {
    if (isThere) host.log.info(`Prove ${service}, which a run that was ended has moved and not proven`)
    else {
      if (proven.group)
        host.log.info(`Prove the new version in the group ${candidateGroup(service)}, and send it the test requests`)
      host.log.info(
        `${proven.group ? 'Write the group' : 'Create the group'} ${service} with the image ${imageOf(wanted)}`,
      )
    }
    return { outcome: 'planned', deployment: service, before, after, state: 'planned' }
  }
  const back = proven.secrets ?? secrets
  const again =
    proven.group &&
    groupAgain(proven.group, {
      puller: await pullerOf(workspace, {
        ...{ image: imageOf(proven.group), environment: undefined, identity: identityOf(proven.group) },
      }),
      ...{ secrets: back, appInsightsKey },
    })
  await rollOutGroup({
    ...{ context, groups, order, again, wanted, isMoved: isThere },
    scoringOf: (group) => scoringOf(group, async () => secrets.primaryKey),
    backScoringOf: (group) => scoringOf(group, async () => back.primaryKey),
    moving: () => keep(workspace, service, { secrets, move: moveFrom(proven) }),
    moved: () => keep(workspace, service, { secrets, move: undefined }),
    wentBack: async () => {
      if (again) await keep(workspace, service, { secrets: back, move: undefined })
      else await workspace.connections.delete(connectionOf(service))
    },
  })
  const now = await groups.find(service)
  if (!now) throw new UserError(`The container group "${service}" is gone.`)
  return { outcome: 'promoted', deployment: service, before, after, ...shownOf(now) }
}

/** Without what changes by itself. */
function moveFrom({ group, secrets }: ReturnType<typeof provenOf>): Move {
  if (!group) return { from: undefined, secrets: undefined }
  const { instanceView: _, containers, ...rest } = group
  const still = containers.map(({ instanceView: __, ...container }) => container)
  return { from: { ...rest, containers: still }, secrets }
}
