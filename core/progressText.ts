import type { Progress } from './host.ts'

/** How far a long step is, in one line: `Upload: 4.0 MiB of 8.0 MiB (50 %)`. */
export function progressText({ label, done, total, unit }: Progress): string {
  const share = total ? ` (${Math.floor((100 * done) / total)} %)` : ''
  return `${label}: ${amount(done, unit)}${total === undefined ? '' : ` of ${amount(total, unit)}`}${share}`
}

function amount(value: number, unit: Progress['unit']): string {
  if (unit === 'bytes') return `${(value / 2 ** 20).toFixed(1)} MiB`
  return unit === 'seconds' ? `${Math.round(value)} s` : `${value} ${unit}`
}
