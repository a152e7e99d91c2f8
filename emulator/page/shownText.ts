/** Text of any length as the page shows it: cut, so that one tag of a megabyte does not fill every answer. */
export function shownText(value: unknown, longest = 500): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}
