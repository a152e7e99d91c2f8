import { InputError } from '../../core/index.ts'
import type { Triggers } from '../../core/trigger/index.ts'

interface Asked {
  readonly triggers: Triggers
  readonly flag: (name: string) => string | undefined
  readonly has: (name: string) => boolean
}

/** What a command answers: for people line by line, for programs as one value. */
interface Answer {
  readonly lines: readonly string[]
  readonly value: unknown
  /** What the process exits with; 0 when undefined. */
  readonly code?: number
}

interface Subcommand {
  readonly summary: string
  run(asked: Asked): Promise<Answer>
}

export const subcommands: Readonly<Record<string, Subcommand>> = {
  check: {
    summary: 'Check the rules; with --model NAME:VERSION tell of each rule whether it would start, and why.',
    async run({ triggers, flag }) {
      const model = flag('model')
      if (model === undefined) return { lines: ['The rules are as they must be.'], value: { valid: true } }
      const { name, version } = versionIn(model)
      const explained = await triggers.explain(flag('source'), name, version)
      const lines = explained.flatMap(({ rule, selected, reasons, destinations }) => [
        `${selected ? '✔' : '✘'} ${rule}`,
        ...reasons.map(({ holds, text }) => `    ${holds ? '✔' : '✘'} ${text}`),
        ...destinations.map(({ name: destination, state }) => `    → ${destination}: ${state}`),
      ])
      return { lines, value: { model: name, version, rules: explained } }
    },
  },
  sweep: {
    summary: 'Look at every model once, start what is to be started, and report services that serve something else.',
    async run({ triggers, flag, has }) {
      const { swept, left } = await triggers.sweep(number(flag('wait-seconds'), 150))
      const drift = await triggers.tendDrift(has('heal'))
      const after = drift.some(({ outcome }) => outcome === 'healed') ? await triggers.goOn(0) : undefined
      const lines = swept.map(
        (one) =>
          `${one.source}: ${one.models} models, ${one.fresh} with something new, ${one.reread} read again, ${one.versions} versions read, ${one.requests} requests.`,
      )
      const failed = swept.reduce((sum, one) => sum + one.failed, 0)
      const still = after ?? left
      if (still > 0) lines.push(`${still} lanes have something under way; the next sweep goes on with them.`)
      return { lines, value: { swept, left: still, drift }, code: failed > 0 ? 1 : 0 }
    },
  },
  run: {
    summary: 'Keep looking until stopped: at wake-ups, at what is under way, and at every model from time to time.',
    async run({ triggers }) {
      await triggers.run()
      return { lines: [], value: {} }
    },
  },
  status: {
    summary: 'Show what is under way and what was started last.',
    async run({ triggers, flag }) {
      const lanes = []
      for await (const lane of triggers.lanes()) if (!flag('model') || lane.model === flag('model')) lanes.push(lane)
      const lines = lanes.map(({ model, rule, destination, newest, current, running, again, mayHaveRepeated }) => {
        const parts = [newest ? `newest ${newest.version}` : 'nothing started']
        if (current)
          parts.push(`${current.order.model.version} ${current.state}${current.error ? ` (${current.error})` : ''}`)
        if (running.length > 0) parts.push(`running ${running.map(({ order }) => order.model.version).join(', ')}`)
        if (again) parts.push('more is waiting')
        if (mayHaveRepeated > 0) parts.push(`${mayHaveRepeated} may have been repeated`)
        return `${model} → ${destination} (${rule}): ${parts.join('; ')}`
      })
      return { lines: lines.length > 0 ? lines : ['Nothing was started yet.'], value: { lanes } }
    },
  },
  history: {
    summary: 'Show what was decided, started, looked up, failed and ended.',
    async run({ triggers, flag }) {
      const most = number(flag('limit'), 50)
      const entries = []
      for await (const entry of triggers.history()) {
        if (flag('model') && entry.model !== flag('model')) continue
        entries.push(entry)
        if (entries.length > most) entries.shift()
      }
      const lines = entries.map(({ at, kind, model, version, rule, destination, text, url }) =>
        [at, kind, `${model}:${version} → ${destination} (${rule})`, text, url].filter(Boolean).join('  '),
      )
      return { lines, value: { entries } }
    },
  },
  redeliver: {
    summary: 'Start once more what was started or given up: --model NAME:VERSION --rule NAME.',
    async run({ triggers, flag, has }) {
      const { name, version } = versionIn(flag('model') ?? '')
      const rule = flag('rule')
      if (rule === undefined) throw new InputError('Say by which rule, with --rule.')
      const lanes = await triggers.redeliver({
        ...{
          source: flag('source'),
          model: name,
          version,
          rule,
          destination: flag('destination'),
          force: has('force'),
        },
      })
      await triggers.goOn(60)
      return { lines: [`${name}:${version} is started again at ${lanes.length} destinations.`], value: { lanes } }
    },
  },
  prune: {
    summary: 'Remove what is older than --days from the history. What was started stays known.',
    async run({ triggers, flag }) {
      const removed = await triggers.prune(number(flag('days'), 90))
      return { lines: [`${removed} entries were removed.`], value: { removed } }
    },
  },
}

function versionIn(model: string): { readonly name: string; readonly version: string } {
  const [, name, version] = /^([^:@/]+):([^:@/]+)$/.exec(model) ?? []
  if (name === undefined || version === undefined)
    throw new InputError(`--model must be NAME:VERSION (given: ${JSON.stringify(model)}).`)
  return { name, version }
}

function number(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,6}$/.test(text)) throw new InputError(`A whole number is required (given: ${JSON.stringify(text)}).`)
  return Number(text)
}

export const answers = {
  /** One line; what an agent would obey within JSON is escaped, which is the same text to whoever parses it. */
  json: (value: unknown): string =>
    JSON.stringify(value).replaceAll(
      /#(?=#)|[\u007f-\u009f]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
}
