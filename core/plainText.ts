import { stripVTControlCharacters } from 'node:util'

/**
 * Text from anywhere, made harmless for a log that a terminal or a build agent reads: no control characters but line
 * breaks and tabs, and nothing an agent would obey: `##vso[…]` and `##[…]` anywhere in a line (Azure Pipelines, and
 * GitHub Actions' older syntax), `::…` at the start of one (GitHub Actions).
 */
export function plainText(text: string): string {
  return (
    stripVTControlCharacters(text)
      // Agents end a line at a lone carriage return too.
      .replaceAll(/\r\n?/g, '\n')
      .replaceAll(/[^\P{Cc}\n\t]/gu, '')
      .replaceAll(/#(?=#(?:vso)?\[)/gi, '# ')
      .replaceAll(/^([^\S\n]*):(?=:)/gm, '$1: ')
  )
}
