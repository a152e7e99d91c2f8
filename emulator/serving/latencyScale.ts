/** The first step ends here; the last of eighty ends at 88 seconds. */
const firstMilliseconds = 0.1
const stepsPerDoubling = 4
export const latencySteps = 80

/** Which step of the scale a latency belongs to: steps are a fifth wide, so figures are right to a tenth. */
export function latencyStep(milliseconds: number): number {
  if (!(milliseconds > firstMilliseconds)) return 0
  return Math.min(latencySteps - 1, Math.ceil(stepsPerDoubling * Math.log2(milliseconds / firstMilliseconds)))
}

/** The latency in milliseconds that so many of the counted requests, a share in (0, 1], stayed below; null of none. */
export function latencyQuantile(counts: Uint32Array, share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = Math.ceil(total * share)
  const step = counts.findIndex((count) => {
    left -= count
    return left <= 0
  })
  return firstMilliseconds * 2 ** ((step - 0.5) / stepsPerDoubling)
}
