import { Refusal } from '../answers.ts'

/** Events lie five deep; what reads them may call itself once for each level. */
const deepest = 32

/**
 * The value of a JSON text. How deep it goes is counted before it is built.
 *
 * @throws Refusal (400)
 */
export function parseJson(text: string): unknown {
  if (depthOf(text) > deepest) throw new Refusal(400, `The body has more than ${deepest} levels.`)
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, 'The body is not JSON.')
  }
}

const quote = 0x22
const backslash = 0x5c

function depthOf(text: string): number {
  let depth = 0
  let most = 0
  let isInText = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isInText) {
      if (code === backslash) at += 1
      else if (code === quote) isInText = false
    } else if (code === quote) isInText = true
    // { and [, then } and ].
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > most) most = depth
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return most
}
