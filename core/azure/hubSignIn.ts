import type { TokenCredential } from '@azure/core-auth'
import { InputError } from '../errors.ts'

/** How somebody signs in to a hub. */
export type HubSignIn =
  | { readonly kind: 'entra'; readonly credential: TokenCredential }
  | { readonly kind: 'policy'; readonly name: string; readonly key: string }

/**
 * What a connection string of a hub says, `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`; undefined when none is
 * given. Throws an InputError that does not repeat it.
 */
export function hubSignIn(
  connectionString: string | undefined,
): { readonly host: string; readonly signIn: Extract<HubSignIn, { kind: 'policy' }> } | undefined {
  if (connectionString === undefined) return undefined
  const fields = new Map(
    connectionString.split(';').map((field) => {
      const at = field.indexOf('=')
      return [field.slice(0, Math.max(at, 0)).trim().toLowerCase(), field.slice(at + 1).trim()] as const
    }),
  )
  const host = fields.get('hostname')
  const name = fields.get('sharedaccesskeyname')
  const key = fields.get('sharedaccesskey')
  if (host && name && key && /^[\w.-]+(:\d+)?$/.test(host)) return { host, signIn: { kind: 'policy', name, key } }
  throw new InputError(
    'The connection string of the IoT hub is none: HostName=…;SharedAccessKeyName=…;SharedAccessKey=… is allowed.',
  )
}
