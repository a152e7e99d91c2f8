import { setAttribute, setText } from './element.ts'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** The time of day, with the date on top when it was another day. */
export function clockText(at: string): string {
  const date = new Date(at)
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : full.format(date)
}

/** How long ago, or how long something took: `45 s`, `3 min`, `2 h`, `5 d`. */
export function spanText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000)
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

export function showMoment(node: HTMLTimeElement, at: string): void {
  setAttribute(node, 'datetime', at)
  setAttribute(node, 'title', full.format(new Date(at)))
  setText(node, clockText(at))
}
