import { DispatchError } from '../destination.ts'
import { remoteText } from './remoteText.ts'

/** The DispatchError within what a client library threw; anything else becomes one that knows nothing for certain. */
export function asDispatchError(error: unknown, doing: string): DispatchError {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof DispatchError) return one
  const said = remoteText(error instanceof Error ? error.message : String(error))
  return new DispatchError(`While ${doing}: ${said}`, { certain: false, permanent: false, cause: error })
}

/** What failed before the destination was asked to start anything: certain, whatever the failure says of itself. */
export function beforeSending(error: unknown, doing: string): DispatchError {
  const { message, permanent, retryAfterSeconds } = asDispatchError(error, doing)
  return new DispatchError(message, { certain: true, permanent, retryAfterSeconds, cause: error })
}
