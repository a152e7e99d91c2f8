import { createHmac } from 'node:crypto'
import { sameText } from '../identity/tokens.ts'

export const sessionSeconds = 12 * 60 * 60

/**
 * Who may look at the page: whoever once brought the control token, for half a day. Nothing is stored, so a session
 * outlives a restart of the same workspace; the cookie does not contain the token and is good for nothing but looking.
 */
export class PageSessions {
  readonly #controlToken: string
  readonly #now: () => number

  constructor(controlToken: string, now: () => number = Date.now) {
    this.#controlToken = controlToken
    this.#now = now
  }

  /** Answers the value of the cookie, or nothing when that is not the control token. */
  begin(token: string): string | undefined {
    if (!sameText(token, this.#controlToken)) return undefined
    const until = String(Math.floor(this.#now() / 1000) + sessionSeconds)
    return `${until}.${this.#seal(until)}`
  }

  isValid(cookie: string): boolean {
    const [until = '', seal = ''] = cookie.split('.')
    return sameText(seal, this.#seal(until)) && Number(until) * 1000 > this.#now()
  }

  #seal(until: string): string {
    return createHmac('sha256', this.#controlToken).update(`page session until ${until}`).digest('base64url')
  }
}
