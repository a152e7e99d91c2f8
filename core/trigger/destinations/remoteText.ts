import { plainText } from '../../plainText.ts'

const longest = 300

/** What a destination said, as it may stand in a log or a page: one line, short, nothing that a host would obey. */
export function remoteText(text: string): string {
  const line = plainText(text.slice(0, 4 * longest))
    .replaceAll(/\s+/g, ' ')
    .trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}
