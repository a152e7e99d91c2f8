import type { ExecutionContext } from 'ava'
import { type Answer, exchange } from '../exchange.ts'
import type { ContractScript } from './contractCase.ts'

/** Sends every case of a script to where it is served, and holds the answers to what Microsoft's server answers. */
export async function checkCases(t: ExecutionContext, script: ContractScript, url: string): Promise<void> {
  for (const { title, send, status, body, headers = {} } of script.cases) {
    const answer = await exchange(url, send)
    t.is(answer.status, status, title)
    if (typeof body === 'string') t.is(answer.body, body, title)
    else t.regex(answer.body, body, title)
    t.deepEqual(shown(answer, headers), headers, title)
  }
}

/** The headers a case asks about; generated ids and measured times as the words that stand for them. */
function shown(answer: Answer, asked: Readonly<Record<string, string | null>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(asked).map(([name, expected]) => {
      const value = answer.headers[name] ?? null
      if (expected === '<id>' && value !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value))
        return [name, '<id>']
      if (expected === '<ms>' && value !== null && /^\d+\.\d{3}$/.test(value)) return [name, '<ms>']
      return [name, value]
    }),
  )
}
