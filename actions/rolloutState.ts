import { getState, saveState } from '@actions/core'
import type { Host } from '../core/index.ts'
import type { OperationName } from '../core/operations/index.ts'

/** Operations that leave something half done when they are stopped; their actions have a post step. */
export const rollOuts: readonly OperationName[] = ['deploy', 'update']

const name = 'rollout'
const keys = ['subscriptionId', 'resourceGroup', 'workspace', 'cloud', 'apiVersion', 'service', 'target'] as const

/** Has the runner tell the post step what this step is about, however it ends from now on. */
export function rememberRollout(host: Pick<Host, 'input'>): void {
  const said = keys.flatMap((key) => {
    const value = host.input(key)
    return value === undefined ? [] : [[key, value] as const]
  })
  saveState(name, JSON.stringify(Object.fromEntries(said)))
}

/** The step came to an end of its own; there is nothing to tell. */
export function forgetRollout(): void {
  saveState(name, '')
}

/** What the main step remembered, as inputs; undefined when it came to an end of its own. */
export function rememberedRollout(): Readonly<Record<string, string>> | undefined {
  const text = getState(name)
  if (text === '') return undefined
  return Object.fromEntries(Object.entries(Object(JSON.parse(text))).map(([key, value]) => [key, String(value)]))
}
