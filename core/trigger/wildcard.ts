/**
 * Whether a text fits a pattern of `*` (any characters) and `?` (one character). Takes time in the product of both
 * lengths at most: values of tags are anybody's to write.
 */
export function fitsWildcard(pattern: string, text: string): boolean {
  let at = 0
  let inPattern = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    const wanted = pattern[inPattern]
    if (wanted === '*') {
      star = inPattern
      resume = at
      inPattern += 1
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[at])) {
      at += 1
      inPattern += 1
    } else if (star >= 0) {
      resume += 1
      at = resume
      inPattern = star + 1
    } else return false
  }
  while (pattern[inPattern] === '*') inPattern += 1
  return inPattern === pattern.length
}
