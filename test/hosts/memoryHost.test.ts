import { runOperation } from '../../core/index.ts'
import { hostContract } from './contract.ts'
import { fixtureOperations } from './fixtureOperations.ts'
import { MemoryHost } from './memoryHost.ts'

hostContract({
  name: 'memory host',
  spelling: (key) => new MemoryHost().spelling(key),
  async run(_, { operation, inputs, cancelAt }) {
    const cancelled = new AbortController()
    const host = new MemoryHost({
      inputs,
      signal: cancelled.signal,
      whenShown: ({ text }) => {
        if (text === cancelAt) cancelled.abort(new Error('Stopped by the test.'))
      },
    })
    const outcome = await runOperation(fixtureOperations[operation], host)
    const lines = host.shown.flatMap(({ kind, text, depth, position }) =>
      text.split('\n').map((line) => ({
        kind: kind === 'warning' || kind === 'error' ? kind : ('info' as const),
        ...{ text: line, depth, position },
      })),
    )
    return { outcome: outcome.kind, lines, outputs: host.outputs, printed: host.printed }
  },
})
