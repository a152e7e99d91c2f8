import { z } from 'zod'

/** What is known of a version of a service on this machine; its container carries it, and nothing else is kept. */
const recordSchema = z.object({
  /** Its name, made from all of this. */
  deployment: z.string(),
  /** The image without models, which another version is put onto. */
  codeImage: z.string(),
  /** The Python of that image. */
  python: z.string(),
  models: z.array(z.object({ name: z.string(), version: z.string() })),
  variables: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  port: z.int(),
})

export type ServiceRecord = Readonly<z.output<typeof recordSchema>>

export const labels = {
  service: 'azureml-cd.service',
  role: 'azureml-cd.role',
  record: 'azureml-cd.record',
} as const

/** Undefined for what this product has not written, or in a form of its own that is gone. */
export function parseRecord(text: string | undefined): ServiceRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined
  }
}
