import { nameRules } from '../../config/names.ts'
import { DispatchError, type Order } from '../destination.ts'

const version = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/
const key = /^[A-Za-z0-9_-]{16,128}$/
const workspace =
  /^\/subscriptions\/[\w-]+\/resourceGroups\/[\p{L}\p{N}_().-]+\/providers\/Microsoft\.MachineLearningServices\/(?:workspaces|registries)\/[\w-]+$/iu
const modelId = /^[\p{L}\p{N}_().:/@-]{1,2000}$/u
const time = /^\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-][\d:]+)?$/i

/**
 * Names reach pipelines, whose scripts may be careless with them; one that Azure ML itself would not take did not come
 * from there. Every destination looks before it sends.
 *
 * @throws DispatchError, permanent
 */
export function checkedOrder(order: Order): Order {
  const { model, workspaceId, idempotencyKey, registeredAt } = order
  const fault = !nameRules.registeredModel.pattern.test(model.name)
    ? 'its model has a name that Azure ML does not allow'
    : !version.test(model.version)
      ? 'its version is none that Azure ML allows'
      : !workspace.test(workspaceId)
        ? 'its workspace is no ARM id of one'
        : !modelId.test(model.id)
          ? 'its model has an id that Azure ML does not allow'
          : !time.test(registeredAt)
            ? 'its time of registration is not in ISO 8601'
            : !key.test(idempotencyKey)
              ? 'its idempotency key is not of 16 to 128 letters, digits, "-" and "_"'
              : undefined
  if (fault === undefined) return order
  throw new DispatchError(`The order of the rule ${JSON.stringify(order.rule)} is not sent: ${fault}.`, {
    certain: true,
    permanent: true,
  })
}

/** The last segment of the workspace's ARM id. */
export function workspaceName({ workspaceId }: Pick<Order, 'workspaceId'>): string {
  return workspaceId.split('/').at(-1) ?? workspaceId
}
