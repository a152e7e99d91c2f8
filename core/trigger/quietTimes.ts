import type { QuietHours } from '../config/quietHours.ts'

const minute = 60_000
const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Milliseconds until the quiet that reigns at a moment is over; 0 when there is none. Pure. */
export function quietUntil(all: readonly QuietHours[], now: number): number {
  let at = now
  // Windows may follow one another; a week of them is all there is.
  for (let rounds = 0; rounds < 64; rounds += 1) {
    const left = Math.max(0, ...all.map((hours) => leftOf(hours, at)))
    if (left === 0) break
    at += left
  }
  return at - now
}

function leftOf({ fromMinute, toMinute, days, timeZone }: QuietHours, now: number): number {
  const { day, minutes } = wallClock(timeZone, now)
  const sinceMinute = now % minute
  const end = toMinute > fromMinute ? toMinute : toMinute + 1440
  // The quiet that began today, and the one that began yesterday and goes on past midnight.
  for (const [began, passed] of [
    [day, minutes],
    [(day + 6) % 7, minutes + 1440],
  ] as const)
    if (days.includes(began) && passed >= fromMinute && passed < end) return (end - passed) * minute - sinceMinute
  return 0
}

const formats = new Map<string, Intl.DateTimeFormat>()

function wallClock(timeZone: string, now: number): { readonly day: number; readonly minutes: number } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  formats.set(timeZone, format)
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]))
  return {
    day: dayNames.indexOf(parts.get('weekday') ?? ''),
    minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  }
}
