import { distance } from 'fastest-levenshtein'

/**
 * The candidate a writer most likely meant, or undefined when none is close: at most a third of the word's letters,
 * rounded up, may differ, case and `-`/`_` set aside.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const allowed = Math.ceil(word.length / 3)
  const plain = simplified(word)
  let best: { readonly candidate: string; readonly away: number } | undefined
  for (const candidate of candidates) {
    const away = distance(plain, simplified(candidate))
    if (away <= allowed && away < (best?.away ?? Number.POSITIVE_INFINITY)) best = { candidate, away }
  }
  return best?.candidate
}

/** Long words are cut: the distance takes time in the product of both lengths, and no name is this long. */
function simplified(word: string): string {
  return word.slice(0, 200).toLowerCase().replaceAll(/[-_]/g, '')
}
