/** How many errors, and how many warnings, of one step the agent shows on the page of the run; it drops what follows. */
const shownByAgent = 10

/** What the page of a run can show of one message. */
export const longestIssue = 4000

/**
 * Spends the few places on the page of the run: each text once, and always one place left for the error that a run ends
 * with, which is the one that matters most.
 */
export class IssueBudget {
  readonly #told = new Set<string>()
  readonly #left = { error: shownByAgent - 1, warning: shownByAgent }

  /** Whether this may be an issue of the page; what may not is still in the log. */
  spend(kind: 'error' | 'warning', text: string, { last = false } = {}): boolean {
    const told = `${kind} ${text}`
    if (this.#told.has(told)) return false
    if (!last && this.#left[kind] === 0) return false
    this.#told.add(told)
    if (!last) this.#left[kind] -= 1
    return true
  }
}
