import type { ContractCase } from './contractCase.ts'

const names = ['x-request-id', 'x-ms-request-id', 'x-ms-client-request-id']

// Each row: the three ids as they come in, and as they go out. `-` is none, `*` one the server made up.
const table = `
- - -   * * -
A - -   A A -
- B -   * B B
- - C   * C C
A B -   A B B
- B C   * B C
A - C   A C C
A B C   A B C
`

/** Every way to send the ids, with what comes back (reference v1-surface.md 4.4). */
export const ids: readonly ContractCase[] = table
  .trim()
  .split('\n')
  .map((row) => {
    const cells = row.split(/\s+/)
    const given = names.flatMap((name, column) => {
      const id = cells[column]
      return id === undefined || id === '-' ? [] : [[name, id] as const]
    })
    return {
      title: `ids ${row}`,
      send: { headers: Object.fromEntries(given) },
      status: 200,
      body: '["str", ""]',
      headers: Object.fromEntries(
        names.map((name, column) => {
          const id = cells[column + 3]
          return [name, id === '*' ? '<id>' : id === undefined || id === '-' ? null : id]
        }),
      ),
    }
  })
