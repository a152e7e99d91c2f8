/**
 * What a log says now that it did not say before, when all one can ask for is its last lines: whatever follows the
 * longest end of the old text that begins the new one. Pure.
 */
export function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let overlap = Math.min(before.length, now.length); overlap > 0; overlap -= 1) {
    const from = before.length - overlap
    if (now.slice(0, overlap).every((line, index) => line === before[from + index])) return now.slice(overlap)
  }
  return now
}

/** The lines of a text; the empty one after the last line break is none. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
