/** When a version came to be, in the registry's own words, so that no clock of ours decides. */
export interface Age {
  readonly version: string
  /** ISO 8601, by the registry's clock. */
  readonly registeredAt: string
}

/** The number that a version is; undefined when it is another text. */
export function versionNumber(version: string): number | undefined {
  return /^\d{1,15}$/.test(version) ? Number(version) : undefined
}

/** Negative when `one` was registered before `other`. A total order: equal moments are told apart by the version. */
export function compareAge(one: Age, other: Age): number {
  const moments = Date.parse(one.registeredAt) - Date.parse(other.registeredAt)
  if (moments !== 0 && !Number.isNaN(moments)) return moments
  const numbers = [versionNumber(one.version), versionNumber(other.version)] as const
  if (numbers[0] !== undefined && numbers[1] !== undefined && numbers[0] !== numbers[1]) return numbers[0] - numbers[1]
  return one.version < other.version ? -1 : one.version > other.version ? 1 : 0
}

/**
 * Which versions a lane has dealt with: runs of numbers as `[first, last]`, other versions one by one. A model with
 * thousands of versions takes a line.
 */
export interface VersionSet {
  readonly runs: readonly (readonly [number, number])[]
  readonly others: readonly string[]
}

export const noVersions: VersionSet = { runs: [], others: [] }

/** `007` is not `7`: only the number's own spelling is kept as a number. */
function plainNumber(version: string): number | undefined {
  const number = versionNumber(version)
  return number !== undefined && String(number) === version ? number : undefined
}

export function hasVersion({ runs, others }: VersionSet, version: string): boolean {
  const number = plainNumber(version)
  if (number === undefined) return others.includes(version)
  return runs.some(([first, last]) => first <= number && number <= last)
}

export function withVersion(set: VersionSet, version: string): VersionSet {
  if (hasVersion(set, version)) return set
  const number = plainNumber(version)
  if (number === undefined) return { ...set, others: [...set.others, version] }
  const runs: [number, number][] = []
  for (const [first, last] of [...set.runs, [number, number] as const].toSorted((a, b) => a[0] - b[0])) {
    const open = runs.at(-1)
    if (open && first <= open[1] + 1) open[1] = Math.max(open[1], last)
    else runs.push([first, last])
  }
  return { ...set, runs }
}

export function withoutVersion(set: VersionSet, version: string): VersionSet {
  const number = plainNumber(version)
  if (number === undefined) return { ...set, others: set.others.filter((one) => one !== version) }
  const runs = set.runs.flatMap(([first, last]): readonly (readonly [number, number])[] => {
    if (number < first || number > last) return [[first, last]]
    return [
      ...(first < number ? [[first, number - 1] as const] : []),
      ...(number < last ? [[number + 1, last] as const] : []),
    ]
  })
  return { ...set, runs }
}
