/**
 * A duration as Azure Resource Manager writes it: `PT5S`, `PT0.5S`, `PT1M30S`, `P1DT2H`. Azure answers with this
 * normal form whatever was sent, so that equal durations are equal texts.
 *
 * @param milliseconds a whole number, not negative
 */
export function isoDuration(milliseconds: number): string {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0)
    throw new RangeError(`A duration is a whole number of milliseconds and not negative; ${milliseconds} is not.`)
  const days = Math.floor(milliseconds / 86_400_000)
  const hours = Math.floor(milliseconds / 3_600_000) % 24
  const minutes = Math.floor(milliseconds / 60_000) % 60
  // Divided once, so that the result is the nearest number to the decimal fraction and prints as that.
  const seconds = (milliseconds % 60_000) / 1000
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`
  const date = days ? `${days}D` : ''
  return time || !date ? `P${date}T${time || '0S'}` : `P${date}`
}

const isoPattern = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** The milliseconds of an ISO 8601 duration in days and smaller units; undefined when the text is none. */
export function durationMilliseconds(iso: string): number | undefined {
  const match = isoPattern.exec(iso)
  if (!match || !/\d/.test(iso) || iso.endsWith('T')) return undefined
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  return Math.round(
    Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000,
  )
}
