/** Text with its comments replaced by blanks, so that every other character keeps its place and its line. */
export interface Uncommented {
  readonly text: string
  /** Where a comment begins that never ends. */
  readonly unclosedAt: number | undefined
}

/** Takes the comments of JavaScript out of JSON: from two slashes to the line's end, and between slash-star and star-slash. */
export function withoutComments(json: string): Uncommented {
  const kept: string[] = []
  let keptTo = 0
  let unclosedAt: number | undefined
  // Only these two characters matter outside comments; a quote begins a string, in which nothing is a comment.
  const interesting = /["/]/g
  for (let found = interesting.exec(json); found; found = interesting.exec(json)) {
    const start = found.index
    if (found[0] === '"') {
      interesting.lastIndex = endOfString(json, start)
      continue
    }
    const end = endOfComment(json, start)
    if (end === undefined) continue
    if (end.closed === false) unclosedAt = start
    kept.push(json.slice(keptTo, start), json.slice(start, end.at).replaceAll(/[^\n\r]/g, ' '))
    keptTo = end.at
    interesting.lastIndex = end.at
  }
  return { text: kept.join('') + json.slice(keptTo), unclosedAt }
}

function endOfString(json: string, start: number): number {
  const stop = /["\\\n]/g
  stop.lastIndex = start + 1
  for (let found = stop.exec(json); found; found = stop.exec(json)) {
    if (found[0] !== '\\') return found.index + 1
    stop.lastIndex = found.index + 2
  }
  return json.length
}

function endOfComment(json: string, start: number): { readonly at: number; readonly closed: boolean } | undefined {
  if (json.startsWith('//', start)) {
    const end = /[\n\r]|$/g
    end.lastIndex = start
    return { at: end.exec(json)?.index ?? json.length, closed: true }
  }
  if (!json.startsWith('/*', start)) return undefined
  const end = json.indexOf('*/', start + 2)
  return end < 0 ? { at: json.length, closed: false } : { at: end + 2, closed: true }
}
