import { z } from 'zod'
import { section } from './fields.ts'

/** When nothing is started: from one time of day to another, on some days of the week, in one time zone. */
export interface QuietHours {
  /** Minutes since midnight; `to` at or before `from` lies on the next day. */
  readonly fromMinute: number
  readonly toMinute: number
  /** Days on which the quiet begins; 0 is Sunday. */
  readonly days: readonly number[]
  /** As the IANA names it: `Europe/Berlin`. */
  readonly timeZone: string
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

const timeAllowed = 'a time of day such as "22:00", in quotes, is required'
const timeOfDay = z
  .string(timeAllowed)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, timeAllowed)
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))

const daysAllowed = `a list of days (${dayNames.join(', ')}) is allowed`
const days = z.array(z.enum(dayNames, daysAllowed), daysAllowed).min(1, daysAllowed)

const zoneAllowed = 'a time zone such as "Europe/Berlin" or "UTC" is allowed'
const timeZone = z.string(zoneAllowed).refine(isTimeZone, zoneAllowed)

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return name.length > 0
  } catch {
    return false
  }
}

export const quietHours = section({
  from: timeOfDay,
  to: timeOfDay,
  days: days.optional(),
  timeZone: timeZone.optional(),
}).transform(
  (given): QuietHours => ({
    fromMinute: given.from,
    toMinute: given.to,
    days: given.days === undefined ? [0, 1, 2, 3, 4, 5, 6] : given.days.map((day) => dayNames.indexOf(day)),
    timeZone: given.timeZone ?? 'UTC',
  }),
)
