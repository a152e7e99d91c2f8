import { z } from 'zod'

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const
const allowed = 'a time such as 90s, 10m, 2h or 1d, of at most 30 days, is allowed'
const longestSeconds = 30 * units.d

/** A span of time as people write it: `90s`, `10m`, `2h`, `1d`. Its value is in seconds. */
export const spanField = z
  .union([z.string(), z.literal(0)], allowed)
  .transform((given, context) => {
    const [, count = '', unit = ''] =
      /^(\d{1,7})\s*([smhd])$/.exec(String(given).trim()) ?? (given === 0 ? ['', '0', 's'] : [])
    const found = Object.entries(units).find(([name]) => name === unit)
    const seconds = found ? Number(count) * found[1] : Number.NaN
    if (seconds <= longestSeconds) return seconds
    context.issues.push({ code: 'custom', input: given, message: allowed })
    return z.NEVER
  })
  .meta({ pattern: '^\\d{1,7}\\s*[smhd]$' })
