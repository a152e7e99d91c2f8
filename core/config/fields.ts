import { z } from 'zod'

// Each schema's message says what is allowed; `check.ts` puts what was given in front of it.

/** `true` and `false`, also as the texts that are found in files written for v1: `"True"`, `yes`. */
export const booleanField = z.union(
  [
    z.boolean(),
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(['true', 'yes', 'on', 'false', 'no', 'off']))
      .transform((word) => word === 'true' || word === 'yes' || word === 'on'),
  ],
  'true or false is allowed',
)

/** A whole number within limits, both included. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  const allowed = `a whole number ${range} is allowed`
  return z.int(allowed).min(least, allowed).max(most, allowed)
}

/** A number above zero, fractions included. */
export const positiveNumber = z.number('a number above 0 is allowed').positive('a number above 0 is allowed')

/** A key that is known and not read. */
export const anything = z.unknown().optional()

/** Any text, the empty one included. */
export const anyText = z.string('a text is allowed')

/** Text that is not empty. */
export const textField = z.string('a text is required').trim().min(1, 'a text that is not empty is required')

/** A path, with slashes whatever was written. */
export const pathField = z
  .string('a path is required')
  .trim()
  .min(1, 'a path is required')
  .refine((path) => !path.includes('\0'), 'a path is required')
  .transform((path) => path.replaceAll('\\', '/'))

/** One of a few words, whatever their case. */
export function word<const W extends readonly [string, ...string[]]>(words: W) {
  const allowed = `${words.map((one) => JSON.stringify(one)).join(', ')} ${words.length > 1 ? 'are' : 'is'} allowed`
  // Editors offer the words, and take them in any case.
  const text = z.string(allowed).meta({ examples: [...words] })
  return text.transform((given, context): W[number] => {
    const found = words.find((candidate) => candidate.toLowerCase() === given.trim().toLowerCase())
    if (found !== undefined) return found
    context.issues.push({ code: 'custom', input: given, message: allowed })
    return z.NEVER
  })
}

/** Keys that the user chooses, each with a text; numbers and booleans are taken as they are written. */
export const textMap = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()], 'a text is allowed'),
  'an object of texts is allowed',
)

/**
 * An object of known keys. Its message carries the names of these, from which `check.ts` finds the one that was meant.
 */
export function section<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape).join(' ')
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : 'an object is allowed'),
  })
}
