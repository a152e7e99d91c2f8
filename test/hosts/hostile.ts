/** Lines of a remote log that a terminal or a build agent would obey. */
export const hostile: readonly string[] = [
  '##vso[task.setvariable variable=owned]1',
  'harmless ##VSO[task.complete result=Succeeded]',
  '###vso[task.debug]three',
  '##[error]not ours',
  '##[set-env name=owned;]1',
  '::set-output name=owned::1',
  '   ::error::indented',
  '\t::error::tabbed',
  'first\n::add-mask::second line',
  'first\r::add-mask::after a lone return',
  'first\r\n::add-mask::after both',
  '\u0000::add-mask::after a null',
  '\u001b[31m::add-mask::after a colour',
  '#\u0007#vso[task.debug]with a bell within',
  '\u001b]0;title\u0007',
  '\u001b[2J\u001b[1;1Hcleared',
  'one\btwo\u009b31m',
]

/** The part of a printed text that a terminal or an agent would obey, if there is one. */
export function obeyed(printed: string): string | undefined {
  for (const line of printed.split(/\r\n?|\n/)) {
    const found = /##vso\[|##\[/i.exec(line) ?? /^[\s\u0085]*::/.exec(line)
    if (found) return line
  }
  return /[^\P{Cc}\n\t]/u.test(printed) ? JSON.stringify(printed) : undefined
}
