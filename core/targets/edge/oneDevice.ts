import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { IotHub, ModulesContent, ModuleTwin } from '../../azure/iotHub.ts'
import { InputError, RefusedError, UserError } from '../../errors.ts'
import type { Delivery, ServedModel, TargetContext } from '../target.ts'
import { lookPause } from './lookPause.ts'
import { canonical, modelsIn, modelsVariable, serviceVariable } from './manifest.ts'

/** What the agent calls a module that does not run and that it may go on trying to start. */
const failing: ReadonlySet<string> = new Set(['backoff', 'failed', 'unhealthy', 'dead', 'stopped'])

const agentSchema = z.looseObject({
  modules: z
    .record(
      z.string(),
      z.looseObject({
        env: z.record(z.string(), z.looseObject({ value: z.unknown() })).default({}),
        settings: z.looseObject({ image: z.string() }),
      }),
    )
    .default({}),
})

/** A device as it is: what it was told, and what it says. */
export interface DeviceState {
  readonly agent: ModuleTwin
  /** What it was told, whole, so that it can be told again. */
  readonly content: ModulesContent
  /** Names of the modules that this service has there. */
  readonly own: readonly string[]
  readonly foreign: readonly string[]
  /** Whether it was never told anything. */
  readonly isBlank: boolean
}

export async function deviceState(hub: IotHub, device: string, service: string): Promise<DeviceState> {
  const agent = await hub.moduleTwin(device, '$edgeAgent')
  if (!agent)
    throw new InputError(`The IoT hub knows no IoT Edge device "${device}".`, {
      hint: 'Register it in the hub as an IoT Edge device, or correct iotDeviceId.',
    })
  const { modules } = agentSchema.parse(agent.desired)
  const own = Object.keys(modules).filter((name) => modules[name]?.env[serviceVariable]?.value === service)
  const content: Record<string, unknown> = { $edgeAgent: { 'properties.desired': told(agent) } }
  const edgeHub = await hub.moduleTwin(device, '$edgeHub')
  if (edgeHub) content.$edgeHub = { 'properties.desired': told(edgeHub) }
  for (const name of own) {
    const twin = await hub.moduleTwin(device, name)
    if (twin && Object.keys(told(twin)).length > 0) content[name] = { 'properties.desired': told(twin) }
  }
  const foreign = Object.keys(modules).filter((name) => !own.includes(name))
  return { agent, content, own, foreign, isBlank: Object.keys(told(agent)).length === 0 }
}

/** The modules that a device is told to run. */
export function modulesOf(content: ModulesContent) {
  return agentSchema.parse(contentSchema.parse(content).$edgeAgent['properties.desired']).modules
}

/** What one service serves by a content. */
export function modelsOf(content: ModulesContent, module: string): readonly ServedModel[] {
  const text = modulesOf(content)[module]?.env[modelsVariable]?.value
  return modelsIn(typeof text === 'string' ? text : '')
}

/** Whether a device was told exactly this. */
export function isTold(state: DeviceState, wanted: ModulesContent): boolean {
  return Object.keys(wanted).every((name) => isDeepStrictEqual(canonical(state.content[name]), canonical(wanted[name])))
}

/** `Succeeded` when the module runs as the device was told; else what the agent says. */
export function stateOn({ agent }: Pick<DeviceState, 'agent'>, module: string): string {
  const { desired, reported } = agent
  if (reported.lastDesiredVersion !== desired.$version) return 'Not reported yet'
  const { code, description } = reported.lastDesiredStatus ?? { code: 0 }
  if (code !== 200) return `Refused by the device (${code}${description ? `: ${description}` : ''})`
  const { runtimeStatus = 'unknown', statusDescription, exitCode } = reported.modules[module] ?? {}
  if (runtimeStatus === 'running') return 'Succeeded'
  const why = [statusDescription, exitCode ? `exit code ${exitCode}` : undefined].filter(Boolean).join(', ')
  return `${runtimeStatus}${why ? ` (${why})` : ''}`
}

/** Tells a device what to run and waits until it does; when it does not, tells it what it was told before. */
export async function rollOutOnDevice(options: {
  readonly context: TargetContext
  readonly hub: IotHub
  readonly order: Delivery
  readonly device: string
  readonly module: string
  readonly wanted: ModulesContent
  /** What it is told again when the new one does not come up. */
  readonly previous: ModulesContent
  /** The models that it is told again then; empty when there are none. */
  readonly served: string
}): Promise<void> {
  const { context, hub, order, device, module, wanted, previous, served } = options
  await hub.apply(device, wanted)
  context.host.log.info(`The device "${device}" was told to run the module "${module}".`)
  const failure = await whyNot(options)
  if (failure === undefined) return
  if (failure.kind === 'replaced') throw new UserError(failure.message)
  await hub.apply(device, previous)
  const message = `The module "${module}" did not come up on the device "${device}": ${failure.message}`
  if (served === '') throw new UserError(`${message} The device was told what it was told before.`)
  throw new RefusedError(`${message} The device was told to run ${served} again, which served "${order.service}".`)
}

async function whyNot(options: {
  readonly context: TargetContext
  readonly hub: IotHub
  readonly order: Delivery
  readonly device: string
  readonly module: string
  readonly wanted: ModulesContent
}): Promise<{ readonly kind: 'failed' | 'replaced'; readonly message: string } | undefined> {
  const { context, hub, order, device, module, wanted } = options
  const { host, workspace } = context
  const { clock } = workspace.connection
  const { timeoutSeconds, bakeSeconds } = order.policy
  const until = clock.now() + timeoutSeconds * 1000
  let goodSince: number | undefined
  let restarts: number | undefined
  let said = ''
  for (let look = 0; ; look += 1) {
    const state = await deviceState(hub, device, order.service)
    if (!isTold(state, wanted))
      return { kind: 'replaced', message: `Somebody else has told the device "${device}" something else meanwhile.` }
    const text = stateOn(state, module)
    if (text !== said) host.log.info(`${device}: ${text}`)
    said = text
    const { reported } = state.agent
    const { runtimeStatus = '', restartCount = 0 } = reported.modules[module] ?? {}
    const isCurrent = reported.lastDesiredVersion === state.agent.desired.$version
    const refused = isCurrent && (reported.lastDesiredStatus?.code ?? 0) >= 400
    if (refused || (isCurrent && failing.has(runtimeStatus))) return { kind: 'failed', message: `${text}.` }
    const now = clock.now()
    if (text === 'Succeeded') {
      if (restarts !== undefined && restartCount > restarts)
        return {
          kind: 'failed',
          message: `it was started again ${restartCount - restarts} times while it was watched.`,
        }
      restarts ??= restartCount
      goodSince ??= now
      if (now - goodSince >= bakeSeconds * 1000) return undefined
    } else if (now >= until) {
      const offline = text === 'Not reported yet' ? ' Is the device online?' : ''
      return { kind: 'failed', message: `after ${timeoutSeconds} s the device says: ${text}.${offline}` }
    } else goodSince = undefined
    await clock.pause(lookPause(look), host.signal)
  }
}

/** What a device is told without these modules: the runtime and what is left. */
export function withoutModules(content: ModulesContent, names: readonly string[]): ModulesContent {
  const { $edgeAgent, $edgeHub } = contentSchema.parse(content)
  const agent = $edgeAgent['properties.desired']
  const hub = $edgeHub['properties.desired']
  const kept = Object.entries(agent.modules).filter(([name]) => !names.includes(name))
  const routes = Object.entries(hub.routes).filter(
    ([, route]) => kept.length > 0 && !names.some((name) => JSON.stringify(route).includes(`/modules/${name}/`)),
  )
  return {
    $edgeAgent: { 'properties.desired': { ...agent, modules: Object.fromEntries(kept) } },
    $edgeHub: { 'properties.desired': { ...hub, routes: Object.fromEntries(routes) } },
  }
}

const contentSchema = z.looseObject({
  $edgeAgent: z.looseObject({
    'properties.desired': z.looseObject({ modules: z.record(z.string(), z.unknown()).default({}) }),
  }),
  $edgeHub: z
    .looseObject({ 'properties.desired': z.looseObject({ routes: z.record(z.string(), z.unknown()).default({}) }) })
    .default({ 'properties.desired': { routes: {} } }),
})

/** Desired properties without what the hub itself adds to them. */
function told({ desired }: ModuleTwin): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(desired).filter(([key]) => !key.startsWith('$')))
}
