/** One who takes part: runs once and answers with a figure. */
export type Contender = () => Promise<number>

/**
 * Lets each contender run in turn, the whole round `runs` times, and answers with the medians. A machine's mood changes
 * from one minute to the next; in turns everybody gets the same of it. Every other round goes backwards, so that none
 * always runs after the same neighbour.
 */
export async function interleaved<Name extends string>(options: {
  readonly contenders: Readonly<Record<Name, Contender>>
  readonly runs: number
  readonly unit: string
  readonly title: string
  readonly say: (line: string) => void
}): Promise<ReadonlyMap<Name, number>> {
  const { contenders, runs, unit, title, say } = options
  const names = namesOf(contenders)
  const figures = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 1; round <= runs; round += 1) {
    for (const name of round % 2 === 1 ? names : names.toReversed()) figures.get(name)?.push(await contenders[name]())
    const shown = names.map((name) => `${name} ${format(figures.get(name)?.at(-1) ?? Number.NaN)}`)
    say(`${title}, run ${round} of ${runs}, ${unit}: ${shown.join(', ')}`)
  }
  return new Map(names.map((name) => [name, median(figures.get(name) ?? [])]))
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((one, other) => one - other)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

/** Three digits that mean something. */
export function format(figure: number): string {
  return figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3)
}

function namesOf<Name extends string>(contenders: Readonly<Record<Name, Contender>>): Name[] {
  const names: Name[] = []
  for (const name in contenders) names.push(name)
  return names
}
