import type { Traffic } from './journal.ts'

/** `blue 100 %`; `none` when nothing serves. */
export function trafficText(traffic: Traffic): string {
  const shares = Object.entries(traffic).filter(([, percentage]) => percentage > 0)
  return shares.map(([name, percentage]) => `${name} ${percentage} %`).join(', ') || 'none'
}

/** Whether every deployment has the same share; a missing one has none. */
export function sameTraffic(a: Traffic, b: Traffic): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => (a[name] ?? 0) === (b[name] ?? 0))
}
