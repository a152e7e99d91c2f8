import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { Contract } from '../contract.ts'
import { allowed } from './allowed.ts'
import { missingSpecs } from './openApi.ts'

const exchange = z.object({
  method: z.string(),
  path: z.string(),
  userAgent: z.string(),
  requestBody: z.string(),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  responseBody: z.string(),
})

/** What the validation of the recorded exchanges of a test run came to. */
export interface ExchangeReport {
  /** Why nothing was validated. */
  readonly skipped: string | undefined
  readonly exchanges: number
  /** How many operations of the descriptions they were about. */
  readonly operations: number
  /** Violations that are not allowed, each told once with how often it happened and one example. */
  readonly violations: readonly string[]
  readonly allowedEntries: number
  /** Entries of the allow-list that nothing needed in this run. */
  readonly idleEntries: readonly string[]
}

/** Validates what `scripts/recordExchanges.mjs` has written to a folder. */
export async function exchangeReport(folder: string): Promise<ExchangeReport> {
  const nothing = { exchanges: 0, operations: 0, violations: [], allowedEntries: allowed.length, idleEntries: [] }
  if (missingSpecs !== undefined) return { ...nothing, skipped: missingSpecs }
  const contract = new Contract()
  const operations = new Set<string>()
  const found = new Map<string, { count: number; readonly example: string }>()
  const used = new Set<unknown>()
  let exchanges = 0
  for (const name of readdirSync(folder))
    for await (const line of createInterface({ input: createReadStream(join(folder, name)) })) {
      const one = exchange.parse(JSON.parse(line))
      exchanges += 1
      const operation = contract.operationOf(one)
      if (operation !== undefined) operations.add(operation)
      for (const violation of contract.check(one)) {
        const entry = allowed.find(
          ({ operation, where, what }) =>
            where === violation.where && operation.test(violation.operation) && what.test(violation.what),
        )
        if (entry !== undefined) {
          used.add(entry)
          continue
        }
        const text = `${violation.operation}: ${violation.where} ${violation.what}`
        const before = found.get(text)
        if (before) before.count += 1
        else found.set(text, { count: 1, example: `${one.method} ${one.path} → ${one.status}` })
      }
    }
  return {
    skipped: undefined,
    exchanges,
    operations: operations.size,
    violations: [...found].map(([text, { count, example }]) => `${text} (${count} ×; ${example})`),
    allowedEntries: allowed.length,
    idleEntries: allowed.filter((entry) => !used.has(entry)).map(({ operation, what }) => `${operation} ${what}`),
  }
}
