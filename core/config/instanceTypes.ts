import { z } from 'zod'
import { checkDocument, type RuleFault, type Sparse } from './check.ts'
import { parseDocument, type SourceFile } from './document.ts'
import { anyText, section, textField, textMap } from './fields.ts'

/** One kind of replica on a cluster: the nodes it runs on and what it may use, extended resources among it. */
export interface InstanceTypeConfig {
  readonly nodeSelector: Readonly<Record<string, string>> | undefined
  readonly requests: Readonly<Record<string, string>>
  readonly limits: Readonly<Record<string, string>>
}

const quantity = z.union(
  [z.string().regex(/^\d+(\.\d+)?(m|[KMGTPE]i?)?$/), z.number().nonnegative()],
  'a quantity of Kubernetes, such as 500m, 2 or 4Gi, is allowed',
)
const quantities = z.record(z.string(), quantity, 'an object of quantities is allowed')
const instanceType = section({
  nodeSelector: textMap.optional(),
  resources: section({ requests: quantities.optional(), limits: quantities.optional() }),
})
const schema = section({
  $schema: anyText.optional(),
  instanceTypes: z.record(z.string(), instanceType, 'an object is allowed'),
  defaultInstanceType: textField.optional(),
})

/** @throws InputError with every fault of the file */
export function parseInstanceTypes(source: SourceFile): {
  readonly instanceTypes: Readonly<Record<string, InstanceTypeConfig>>
  readonly defaultInstanceType: string | undefined
} {
  const document = parseDocument(source)
  const given = checkDocument({ document, schema, partial: schema.partial(), rules })
  const texts = (values: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
  return {
    defaultInstanceType: given.defaultInstanceType,
    instanceTypes: Object.fromEntries(
      Object.entries(given.instanceTypes).map(([name, { nodeSelector, resources }]) => [
        name,
        {
          nodeSelector: nodeSelector && texts(nodeSelector),
          requests: texts(resources.requests),
          limits: texts(resources.limits),
        },
      ]),
    ),
  }
}

function rules({ instanceTypes = {}, defaultInstanceType }: Sparse<z.output<typeof schema>>): RuleFault[] {
  if (defaultInstanceType === undefined || Object.hasOwn(instanceTypes, defaultInstanceType)) return []
  const message = `"${defaultInstanceType}" was given, which is not among the instanceTypes.`
  return [{ path: ['defaultInstanceType'], message }]
}
