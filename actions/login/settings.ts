import { assertNever, type Host, InputError } from '../../core/index.ts'
import { parseCreds } from './creds.ts'
import { signInInputs } from './inputs.ts'

/** One way to sign in. There is never a second one to fall back to. */
export type SignInSettings =
  | {
      readonly kind: 'oidc'
      readonly clientId: string
      readonly tenantId: string
      readonly audience: string | undefined
    }
  | { readonly kind: 'secret'; readonly clientId: string; readonly tenantId: string; readonly clientSecret: string }
  | { readonly kind: 'managed-identity'; readonly clientId: string | undefined }
  | { readonly kind: 'azure-cli'; readonly tenantId: string | undefined }

const kinds = ['oidc', 'secret', 'creds', 'managed-identity', 'azure-cli'] as const
const keys = ['auth', 'clientId', 'tenantId', 'clientSecret', 'creds', 'audience'] as const
type Kind = (typeof kinds)[number]
type Key = (typeof keys)[number] & keyof typeof signInInputs

/** Which inputs each way to sign in may have, and which it must have. */
const belonging: Readonly<Record<Kind, { readonly needs: readonly Key[]; readonly takes: readonly Key[] }>> = {
  oidc: { needs: ['clientId', 'tenantId'], takes: ['audience'] },
  secret: { needs: ['clientId', 'tenantId', 'clientSecret'], takes: [] },
  creds: { needs: ['creds'], takes: [] },
  'managed-identity': { needs: [], takes: ['clientId'] },
  'azure-cli': { needs: [], takes: ['tenantId'] },
}

/** The inputs that are kept in a job's `env` for all steps: one that a way does not use is no contradiction. */
const oftenThere: readonly Key[] = ['clientId', 'tenantId']

/**
 * How this step is to sign in, or everything that is wrong with what it was told. Secrets are masked as they are read,
 * whether or not they are used.
 */
export function readSignIn(
  host: Pick<Host, 'input' | 'spelling' | 'secret'>,
): { readonly settings: SignInSettings } | { readonly faults: readonly string[] } {
  const given = new Map<Key, string>()
  const faults: string[] = []
  for (const key of keys) {
    const value = host.input(key)
    if (value === undefined) continue
    if (key === 'clientSecret' || key === 'creds') host.secret(value)
    given.set(key, value)
    const parsed = signInInputs[key].safeParse(value)
    if (!parsed.success) for (const { message } of parsed.error.issues) faults.push(`${host.spelling(key)} ${message}`)
  }
  const kind = kindOf(given)
  const { needs, takes } = belonging[kind]
  for (const key of needs) if (!given.has(key)) faults.push(missing(host.spelling(key), kind))
  for (const key of given.keys())
    if (key !== 'auth' && !needs.includes(key) && !takes.includes(key) && !oftenThere.includes(key))
      faults.push(
        `${host.spelling(key)} is not used by ${host.spelling('auth')}: ${kind}; give the inputs of one way only`,
      )
  const creds = kind === 'creds' && given.has('creds') ? parseCreds(given.get('creds') ?? '') : undefined
  if (creds?.kind === 'fault') faults.push(`${host.spelling('creds')} ${creds.fault}`)
  if (creds?.kind === 'creds') host.secret(creds.clientSecret)
  if (faults.length > 0) return { faults }
  const said = (key: Key) => given.get(key) ?? ''
  switch (kind) {
    case 'oidc':
      return {
        settings: { kind, clientId: said('clientId'), tenantId: said('tenantId'), audience: given.get('audience') },
      }
    case 'secret':
      return {
        settings: {
          kind,
          ...{ clientId: said('clientId'), tenantId: said('tenantId'), clientSecret: said('clientSecret') },
        },
      }
    case 'creds':
      if (creds?.kind !== 'creds') return { faults: [missing(host.spelling('creds'), kind)] }
      return {
        settings: {
          kind: 'secret',
          ...{ clientId: creds.clientId, tenantId: creds.tenantId, clientSecret: creds.clientSecret },
        },
      }
    case 'managed-identity':
      return { settings: { kind, clientId: given.get('clientId') } }
    case 'azure-cli':
      return { settings: { kind, tenantId: given.get('tenantId') } }
    default:
      return assertNever(kind)
  }
}

/** As `readSignIn`; throws an InputError with all faults. */
export function requireSignIn(host: Pick<Host, 'input' | 'spelling' | 'secret'>): SignInSettings {
  const read = readSignIn(host)
  if ('settings' in read) return read.settings
  throw new InputError(`${read.faults.join('. ')}.`)
}

function kindOf(given: ReadonlyMap<Key, string>): Kind {
  const auth = given.get('auth')
  const chosen = kinds.find((kind) => kind === auth)
  if (chosen !== undefined) return chosen
  if (given.has('creds')) return 'creds'
  return given.has('clientSecret') ? 'secret' : 'oidc'
}

function missing(name: string, kind: Kind): string {
  if (kind !== 'oidc') return `${name} is required to sign in by ${kind}`
  return `${name} is required to sign in by OIDC; other ways are creds, client-secret, auth: managed-identity and auth: azure-cli`
}
