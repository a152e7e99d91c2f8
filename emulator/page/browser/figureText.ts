/** A figure as exact as it is of use: 0, 0.4, 12, 98, 1,240. */
export function figureText(value: number): string {
  if (value > 0 && value < 9.95 && !Number.isInteger(value)) return value.toFixed(1)
  return Math.round(value).toLocaleString('en')
}

/** Milliseconds up to a second, then seconds. */
export function latencyText(milliseconds: number | null): string {
  if (milliseconds === null) return '–'
  return milliseconds < 1000 ? `${figureText(milliseconds)} ms` : `${figureText(milliseconds / 1000)} s`
}
