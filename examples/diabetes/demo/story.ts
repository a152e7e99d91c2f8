/** Tells a person what happens, each step with the seconds since the start. */
export class Story {
  readonly #write: (text: string) => void
  readonly #started = performance.now()

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  step(text: string): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1)
    this.#write(`\n${`${seconds} s`.padStart(7)}  ${text}\n`)
  }

  /** A command as a step of its own; a long one goes on in the next line, as shells read it. */
  command(words: readonly string[]): void {
    const lines: string[] = []
    for (const word of words) {
      const line = lines.at(-1)
      const fits = line !== undefined && line.length + word.length < 80
      if (line === undefined) lines.push(word)
      else if (fits || !word.startsWith('--')) lines[lines.length - 1] = `${line} ${word}`
      else lines.push(`    ${word}`)
    }
    this.step(`$ ${lines.join(' \\\n         ')}`)
  }

  /** What came of the step. */
  detail(text: string): void {
    for (const line of text.split('\n')) this.#write(`         ${line}\n`)
  }

  /** Rows below a heading, each column as wide as its widest cell; numbers to the right. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
    const numeric = widths.map((_, column) =>
      rows.slice(1).every((row) => /^([\d.,]+( ms| s)?|–)$/.test(row[column] ?? '')),
    )
    const line = (row: readonly string[]) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return numeric[column] ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('   ')
        .trimEnd()
    const [heading = [], ...body] = rows
    this.#write(`\n${[line(heading), line(widths.map((width) => '─'.repeat(width))), ...body.map(line)].join('\n')}\n`)
  }

  plain(text: string): void {
    this.#write(`${text}\n`)
  }
}
