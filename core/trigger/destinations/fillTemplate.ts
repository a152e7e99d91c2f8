import type { OrderField, OrderTemplate } from '../../config/orderTemplate.ts'
import { assertNever } from '../../errors.ts'
import { DispatchError, type Order } from '../destination.ts'
import { workspaceName } from './checkedOrder.ts'

/**
 * Text that anybody who registers a model may choose goes into a pipeline's parameters only when no shell, no YAML and
 * no expression would read more into it than text: pipelines paste parameters into scripts before those run.
 */
const harmless = /^[A-Za-z0-9 _.,:@/+=-]{0,256}$/

/** A template with the order's values in its places. @throws DispatchError, permanent */
export function fillTemplate(template: OrderTemplate, order: Order): string {
  return template.map((part) => (typeof part === 'string' ? part : textOf(part, order))).join('')
}

/** Every template of an object. */
export function fillTemplates(
  templates: Readonly<Record<string, OrderTemplate>>,
  order: Order,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fillTemplate(template, order)]))
}

/** Whether a template names what an order is told by from all others: its key, or its model and version. */
export function identifiesOrder(templates: readonly OrderTemplate[]): boolean {
  const fields = templates.flat().filter((part): part is OrderField => typeof part !== 'string')
  const has = (kind: OrderField['kind'], of: string) =>
    fields.some((one) => one.kind === kind && 'of' in one && one.of === of)
  return has('order', 'key') || has('model', 'id') || (has('model', 'name') && has('model', 'version'))
}

function textOf(field: OrderField, order: Order): string {
  const { model } = order
  switch (field.kind) {
    case 'model':
      return model[field.of]
    case 'workspace':
      return field.of === 'id' ? order.workspaceId : workspaceName(order)
    case 'order':
      return field.of === 'key' ? order.idempotencyKey : order[field.of]
    case 'tag':
      return freeText('tag', field.name, model.tags)
    case 'property':
      return freeText('property', field.name, model.properties)
    default:
      return assertNever(field)
  }
}

function freeText(what: string, name: string, values: Readonly<Record<string, string>>): string {
  const value = Object.hasOwn(values, name) ? (values[name] ?? '') : ''
  if (harmless.test(value)) return value
  throw new DispatchError(
    `The ${what} ${JSON.stringify(name)} is to be passed to a pipeline and holds something else than letters, digits, spaces and _ . , : @ / + = - (at most 256), which a careless script would run; nothing was started.`,
    { certain: true, permanent: true },
  )
}
