import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import { destinationsSchema } from '../../../../core/config/destinationSchema.ts'
import { type Destination, DispatchError, type Order } from '../../../../core/trigger/destination.ts'
import { createDestinations } from '../../../../core/trigger/destinations/createDestinations.ts'

const workspaceId =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/team'

/** An order for a version; what a test is about is given. */
export function orderFor(version: string, model: Partial<Order['model']> = {}, rest: Partial<Order> = {}): Order {
  const name = model.name ?? 'diabetes'
  return {
    idempotencyKey: createHash('sha256').update(`${name}:${version}`).digest('hex').slice(0, 32),
    ...{ rule: 'to-production', destination: 'ship', workspaceId },
    model: {
      ...{ name, version, id: `${workspaceId}/models/${name}/versions/${version}` },
      ...{ tags: { stage: 'ready' }, properties: {} },
      ...model,
    },
    registeredAt: new Date(Date.now() - 1000).toISOString(),
    ...rest,
  }
}

/** One destination as triggers.yml describes it, with its secrets by the name of a variable. */
export function destination(
  t: ExecutionContext,
  config: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> = {},
): Destination {
  const configs = destinationsSchema.parse({ ship: config })
  const { byName, close } = createDestinations({
    configs,
    readSecret: async (reference) => {
      const secret = reference.kind === 'environment' ? secrets[reference.name] : undefined
      if (secret === undefined) throw new Error(`The secret ${JSON.stringify(reference)} is not there.`)
      return secret
    },
    credential: async () => ({
      getToken: async () => ({ token: 'entra-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
    }),
  })
  t.teardown(close)
  const made = byName.get('ship')
  if (!made) throw new Error('There is no destination.')
  return made
}

export const signal = new AbortController().signal

/** The DispatchError that an attempt ends with. */
export async function failureOf(t: ExecutionContext, attempt: Promise<unknown>): Promise<DispatchError> {
  const error = await t.throwsAsync(attempt, { instanceOf: DispatchError })
  if (!error) throw new Error('The attempt did not fail.')
  return error
}

/** A list of texts, whatever a fake received. */
export function texts(value: unknown): readonly string[] {
  return z.array(z.string()).parse(value)
}
