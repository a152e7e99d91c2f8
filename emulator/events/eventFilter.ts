import { z } from 'zod'
import { type Bag, bagOf, type GridEvent } from '../state/records.ts'

const advanced = z.looseObject({
  operatorType: z.enum([
    ...(['StringIn', 'StringNotIn', 'StringBeginsWith', 'StringEndsWith', 'StringContains'] as const),
    ...(['NumberIn', 'NumberGreaterThan', 'NumberGreaterThanOrEquals', 'NumberLessThan'] as const),
    ...(['NumberLessThanOrEquals', 'BoolEquals', 'IsNullOrUndefined', 'IsNotNull'] as const),
  ]),
  key: z.string().min(1),
  value: z.union([z.number(), z.boolean()]).optional(),
  values: z.array(z.union([z.string(), z.number()])).optional(),
})

/** Which events a subscription wants; everything when nothing is said. */
export const eventFilter = z.looseObject({
  includedEventTypes: z.array(z.string()).nullish(),
  subjectBeginsWith: z.string().nullish(),
  subjectEndsWith: z.string().nullish(),
  isSubjectCaseSensitive: z.boolean().nullish(),
  advancedFilters: z.array(advanced).max(25).nullish(),
})
export type EventFilter = z.infer<typeof eventFilter>

export function isWanted(filter: EventFilter, event: GridEvent): boolean {
  const { includedEventTypes, isSubjectCaseSensitive, advancedFilters } = filter
  if (includedEventTypes && includedEventTypes.length > 0 && !includedEventTypes.includes(event.eventType)) return false
  const spelled = (text: string): string => (isSubjectCaseSensitive ? text : text.toLowerCase())
  const subject = spelled(event.subject)
  return (
    subject.startsWith(spelled(filter.subjectBeginsWith ?? '')) &&
    subject.endsWith(spelled(filter.subjectEndsWith ?? '')) &&
    (advancedFilters ?? []).every((one) => holds(one, event))
  )
}

/** Keys are `subject`, `eventType`, `id` or a path into the data; Event Grid compares texts without letter case. */
function holds(filter: z.infer<typeof advanced>, event: GridEvent): boolean {
  const actual = filter.key.split('.').reduce<unknown>((value, part) => field(bagOf(value), part), event)
  const text = String(actual ?? '').toLowerCase()
  const values = filter.values ?? []
  const some = (matches: (value: string) => boolean): boolean =>
    actual !== undefined && values.some((value) => matches(String(value).toLowerCase()))
  const compared = (holdsFor: (actual: number, value: number) => boolean): boolean =>
    typeof actual === 'number' && typeof filter.value === 'number' && holdsFor(actual, filter.value)
  switch (filter.operatorType) {
    case 'StringIn':
    case 'NumberIn':
      return some((value) => text === value)
    case 'StringNotIn':
      return !values.some((value) => text === String(value).toLowerCase())
    case 'StringBeginsWith':
      return some((value) => text.startsWith(value))
    case 'StringEndsWith':
      return some((value) => text.endsWith(value))
    case 'StringContains':
      return some((value) => text.includes(value))
    case 'NumberGreaterThan':
      return compared((one, other) => one > other)
    case 'NumberGreaterThanOrEquals':
      return compared((one, other) => one >= other)
    case 'NumberLessThan':
      return compared((one, other) => one < other)
    case 'NumberLessThanOrEquals':
      return compared((one, other) => one <= other)
    case 'BoolEquals':
      return actual === filter.value
    case 'IsNullOrUndefined':
      return actual == null
    case 'IsNotNull':
      return actual != null
  }
}

function field(bag: Bag, name: string): unknown {
  return Object.entries(bag).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}
