/** Milliseconds until the next look: soon at first, then seldom, because a hub counts what devices report every few minutes. */
export function lookPause(look: number): number {
  return Math.min(10_000, 250 * 1.5 ** look)
}
