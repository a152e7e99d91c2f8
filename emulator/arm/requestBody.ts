import type { Context } from 'hono'
import { z } from 'zod'
import { ArmError, badRequest } from '../armError.ts'

/**
 * The request's JSON body as the schema reads it; fields the schema does not know are ignored.
 * Throws `ArmError` 400.
 */
export async function requestBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  let json: unknown
  try {
    json = text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new ArmError({
      status: 400,
      code: 'InvalidRequestContent',
      message: `The request content was invalid and could not be deserialized: '${error instanceof Error ? error.message : error}'.`,
    })
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error).replaceAll('\n', ' '))
  return parsed.data
}
