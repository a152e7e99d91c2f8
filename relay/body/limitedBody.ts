import { Refusal } from '../answers.ts'

/** Event Grid delivers at most 1 MiB at once; what is around the events fits into the rest. */
export const longestBody = 1_572_864

/**
 * The bytes of a body as text, read no further than the limit whatever its length is said to be.
 *
 * @throws Refusal (413, or 400 for what is no UTF-8)
 */
export async function limitedBody(request: Request, limit = longestBody): Promise<string> {
  const said = Number(request.headers.get('content-length') ?? 0)
  if (said > limit) throw tooLong(limit)
  if (request.body === null) return ''
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.length
    if (length > limit) throw tooLong(limit)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new Refusal(400, 'The body is not UTF-8.')
  }
}

function tooLong(limit: number): Refusal {
  return new Refusal(413, `The body is longer than ${limit} bytes.`)
}
