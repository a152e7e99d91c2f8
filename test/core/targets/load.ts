import { exchange } from '../runtime/exchange.ts'

/** Scores without a pause until it is stopped, and counts what went wrong. */
export function load(url: string) {
  const seen = { answers: new Map<string, number>(), failures: [] as string[], longestGap: 0 }
  let last = performance.now()
  let running = true
  const lane = async () => {
    while (running) {
      try {
        const { status, body } = await exchange(url, { body: '1' })
        if (status !== 200) seen.failures.push(`${status} ${body}`)
        seen.answers.set(body, (seen.answers.get(body) ?? 0) + 1)
        seen.longestGap = Math.max(seen.longestGap, performance.now() - last)
        last = performance.now()
      } catch (error) {
        seen.failures.push(String(error))
      }
    }
  }
  const lanes = [lane(), lane()]
  return {
    stop: async () => {
      running = false
      await Promise.all(lanes)
      return seen
    },
  }
}
