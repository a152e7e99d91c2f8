import type { z } from 'zod'
import { InputError, RefusedError, UserError } from './errors.ts'
import type { Host } from './host.ts'
import { inputMeta } from './inputs.ts'
import { Workspace } from './workspace/workspace.ts'
import type { workspaceInputs } from './workspaceInputs.ts'

export type Shape = Readonly<Record<string, z.ZodType>>
export type Values<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> }

export interface Context {
  readonly host: Host
  readonly workspace: Workspace
}

/** A fault across several inputs, and the input it is reported for. */
export interface Fault<Key> {
  readonly key: Key
  readonly fault: string
}

interface Definition<I extends Shape, O extends Shape, C = Context> {
  /** One lower-case word: the command line's subcommand, the action's folder. */
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly inputs: I
  readonly outputs: O
  /** Rules across inputs. They see only the inputs that parsed on their own. */
  readonly rules?: (inputs: Partial<Values<I>>) => readonly Fault<keyof I & string>[]
  readonly run: (context: C, inputs: Values<I>) => Promise<Values<O>>
}

/**
 * What the pack can do, as data: from this one value come the command line's flags and help, the actions' and the
 * tasks' manifests, the reference page and the types.
 */
export interface Operation {
  readonly name: string
  readonly title: string
  readonly summary: string
  readonly inputs: Shape
  readonly outputs: Shape
  /**
   * Reads and checks the inputs, runs, and hands the outputs to the host. Throws what went wrong. `faults` are what the
   * host has found wrong with inputs of its own; they are told together with the others.
   */
  perform(host: Host, faults?: readonly string[]): Promise<Readonly<Record<string, unknown>>>
}

export function defineOperation<const I extends Shape & typeof workspaceInputs, const O extends Shape>(
  definition: Definition<I, O>,
): Omit<Operation, 'inputs' | 'outputs'> & Definition<I, O> {
  return {
    ...definition,
    async perform(host, faults = []) {
      const inputs: Values<I> & Values<typeof workspaceInputs> = readInputs(definition, host, faults)
      const address = {
        subscriptionId: inputs.subscriptionId,
        resourceGroup: inputs.resourceGroup,
        workspace: inputs.workspace,
        cloud: inputs.cloud ?? 'public',
        apiVersion: inputs.apiVersion,
      }
      const outputs = await definition.run({ host, workspace: new Workspace(address, host) }, inputs)
      emit(host, outputs)
      return outputs
    },
  }
}

/** As `defineOperation`, for what asks no workspace anything. */
export function defineLocalOperation<const I extends Shape, const O extends Shape>(
  definition: Definition<I, O, Pick<Context, 'host'>>,
): Operation & Definition<I, O, Pick<Context, 'host'>> {
  return {
    ...definition,
    async perform(host, faults = []) {
      const outputs = await definition.run({ host }, readInputs(definition, host, faults))
      emit(host, outputs)
      return outputs
    },
  }
}

/** How a run ended; every host turns it into its own result: an exit code, a failed step. */
export interface Outcome {
  readonly kind: 'done' | 'bad-input' | 'refused' | 'failed'
  /** Empty when a run ended before it had any. */
  readonly outputs: Readonly<Record<string, unknown>>
}

/**
 * Performs an operation and reports whatever goes wrong through the host; it never throws. `faults` are those of inputs
 * that the host alone knows.
 */
export async function runOperation(operation: Operation, host: Host, faults: readonly string[] = []): Promise<Outcome> {
  try {
    return { kind: 'done', outputs: await operation.perform(host, faults) }
  } catch (error) {
    report(host, error)
    const outputs = error instanceof UserError ? error.outputs : {}
    emit(host, outputs)
    if (error instanceof InputError) return { kind: 'bad-input', outputs }
    return { kind: error instanceof RefusedError ? 'refused' : 'failed', outputs }
  }
}

function report(host: Host, error: unknown) {
  if (!(error instanceof Error)) return host.log.error(String(error))
  const { aborted, reason } = host.signal
  // What a cancelled request throws says only that it was cancelled, not by whom.
  if (aborted && error.name === 'AbortError' && reason instanceof Error) return host.log.error(reason.message)
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` ${error.hint}` : ''
  host.log.error(`${error.message}${hint}`, error instanceof InputError ? error.position : undefined)
  const expected = error instanceof UserError || 'status' in error || aborted
  if (!expected && error.stack) host.log.debug(error.stack)
}

function emit(host: Host, outputs: Readonly<Record<string, unknown>>) {
  for (const [key, value] of Object.entries(outputs))
    if (value !== undefined) host.output(key, typeof value === 'string' ? value : JSON.stringify(value))
}

/** Every fault of every input in one error, each named as this host spells it. */
function readInputs<I extends Shape>(
  { inputs, rules }: Pick<Definition<I, Shape>, 'inputs' | 'rules'>,
  host: Host,
  ofHost: readonly string[],
): Values<I> {
  const faults: string[] = [...ofHost]
  const values: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(inputs)) {
    const given = host.input(key)
    const { secret } = inputMeta(schema)
    if (secret && given !== undefined) host.secret(given)
    const parsed = schema.safeParse(given)
    if (parsed.success) values[key] = parsed.data
    else {
      const shown = given === undefined || secret ? '' : ` (given: ${JSON.stringify(given)})`
      for (const issue of parsed.error.issues) faults.push(`${host.spelling(key)} ${issue.message}${shown}`)
    }
  }
  const parsedSoFar = values as Partial<Values<I>>
  for (const { key, fault } of rules?.(parsedSoFar) ?? []) faults.push(`${host.spelling(key)} ${fault}`)
  if (faults.length > 0)
    throw new InputError(
      faults.length === 1 ? `${faults[0]}.` : `Inputs:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
  return parsedSoFar as Values<I>
}
