import { z } from 'zod'
import { triggersSchema } from '../../core/config/triggersSchema.ts'

/** The JSON Schema of triggers.yml, for editors. */
export function triggersJsonSchema(): string {
  const schema = z.toJSONSchema(triggersSchema, { io: 'input', unrepresentable: 'any' })
  const described = { title: 'triggers.yml of azureml-cd', ...schema }
  return `${JSON.stringify(described, null, 2)}\n`
}
