import { z } from 'zod'
import { pathField, section } from './fields.ts'

/** Where a secret is kept. The file that users write names the place; the host of the run reads it. */
export type SecretReference =
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

const allowed = 'an object with one key is allowed, either "fromEnvironment" or "fromFile"; the secret itself is not'

const variableName = z
  .string('the name of an environment variable is required')
  .regex(/^[A-Za-z_]\w{0,254}$/, 'the name of an environment variable is required')

/** `{ fromEnvironment: NAME }` or `{ fromFile: PATH }`. */
export const secretField = z.union(
  [
    section({ fromEnvironment: variableName }).transform(
      ({ fromEnvironment }): SecretReference => ({ kind: 'environment', name: fromEnvironment }),
    ),
    section({ fromFile: pathField }).transform(({ fromFile }): SecretReference => ({ kind: 'file', path: fromFile })),
  ],
  allowed,
)
