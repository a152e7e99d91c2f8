import type { Order } from '../destination.ts'

/**
 * What a pipeline is told, the same at every destination that takes JSON: an event in Azure's words, whose `id` is the
 * order's key, so that whoever gets it twice can tell. Eight members, because GitHub takes ten.
 */
export interface OrderPayload {
  readonly id: string
  readonly type: 'Microsoft.MachineLearningServices.ModelRegistered'
  readonly time: string
  readonly topic: string
  readonly subject: string
  readonly rule: string
  readonly destination: string
  readonly data: {
    readonly modelName: string
    readonly modelVersion: string
    readonly modelId: string
    readonly modelTags?: Readonly<Record<string, string>>
    readonly modelProperties?: Readonly<Record<string, string>>
    /** What did not fit; the registry has it. */
    readonly leftOut?: readonly string[]
  }
}

/** The payload in at most so many characters of JSON; what makes it too long is left out, properties first. */
export function orderPayload(order: Order, longest = 60_000): OrderPayload {
  const { model } = order
  const plain = { modelName: model.name, modelVersion: model.version, modelId: model.id }
  const { tags: modelTags, properties: modelProperties } = model
  const payloadWith = (data: OrderPayload['data']): OrderPayload => ({
    id: order.idempotencyKey,
    type: 'Microsoft.MachineLearningServices.ModelRegistered',
    time: order.registeredAt,
    topic: order.workspaceId,
    subject: `models/${model.name}:${model.version}`,
    rule: order.rule,
    destination: order.destination,
    data,
  })
  const whole = payloadWith({ ...plain, modelTags, modelProperties })
  if (JSON.stringify(whole).length <= longest) return whole
  const withTags = payloadWith({ ...plain, modelTags, leftOut: ['modelProperties'] })
  if (JSON.stringify(withTags).length <= longest) return withTags
  return payloadWith({ ...plain, leftOut: ['modelTags', 'modelProperties'] })
}
