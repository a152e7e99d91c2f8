/** One thing measured: our figure beside a rival's, or beside a limit. */
export interface Figure {
  readonly name: string
  readonly ours: number
  readonly unit: 'MiB/s' | 'MiB' | 'ms' | 'requests' | 'requests/s'
  readonly rival: string
  /** Undefined when the rival could not be measured; `rival` then says why. */
  readonly theirs: number | undefined
  /** Which side of the rival is the good one. */
  readonly better: 'more' | 'less'
  /** The ratio that we hold ourselves to, where there is one. */
  readonly target?: number | undefined
}

/** What a benchmark may know of the run it is part of. */
export interface BenchContext {
  /** Bytes of the file that is uploaded and digested. */
  readonly size: number
  readonly runs: number
  /** Takes the long way where there is a short one. */
  readonly full: boolean
  /** System packages of rivals may be installed. */
  readonly install: boolean
  /** Where the bundled programs of this folder are. */
  readonly programs: string
  /** Where the bundled product is. */
  readonly product: string
  /** For this run; it is removed at the end. */
  readonly folder: string
  /** Kept between runs. */
  readonly cache: string
  /** Tells a person what is going on. */
  readonly say: (line: string) => void
}

export interface Benchmark {
  readonly name: string
  readonly summary: string
  run(context: BenchContext): Promise<readonly Figure[]>
}

/** How many times better we are; above 1 is better. */
export function ratioOf({ ours, theirs, better }: Figure): number | undefined {
  if (theirs === undefined) return undefined
  return better === 'more' ? ours / theirs : theirs / ours
}

export const mebibyte = 2 ** 20
