import type { Line } from '../hosts/contract.ts'

export interface StepLog {
  readonly lines: readonly Line[]
  /** What a person sees of it. */
  readonly shown: string
  /** What was masked, with `::add-mask::`. */
  readonly masks: readonly string[]
  /** Commands that no action of ours gives. */
  readonly strange: readonly string[]
}

/** Reads what a step printed as GitHub's runner does: commands are obeyed, everything else is text. */
export function readStepLog(stdout: string): StepLog {
  const lines: Line[] = []
  const masks: string[] = []
  const strange: string[] = []
  let depth = 0
  const say = (kind: Line['kind'], text: string, position?: Line['position']) => {
    for (const one of text.split('\n')) lines.push({ kind, text: one, depth, ...(position && { position }) })
  }
  for (const line of stdout.split(/\r\n?|\n/)) {
    const [, command, properties = '', data = ''] = /^\s*::([\w-]+)(?: (.*?))?::(.*)$/.exec(line) ?? []
    const text = unescaped(data)
    switch (command) {
      case undefined:
        say('info', line)
        break
      case 'group':
        if (depth > 0) strange.push(`${line} (within a group)`)
        say('info', text)
        depth = 1
        break
      case 'endgroup':
        depth = 0
        break
      case 'add-mask':
        masks.push(text)
        break
      case 'debug':
        say('info', text)
        break
      case 'warning':
      case 'error':
        say(command, text, positionIn(properties))
        break
      default:
        strange.push(line)
    }
  }
  return { lines, masks, strange, shown: lines.map(({ text }) => text).join('\n') }
}

function positionIn(properties: string): Line['position'] {
  const values = new Map(
    properties.split(',').map((pair) => {
      const at = pair.indexOf('=')
      return [
        pair.slice(0, at),
        unescaped(pair.slice(at + 1))
          .replaceAll('%3A', ':')
          .replaceAll('%2C', ','),
      ] as const
    }),
  )
  const [file, line] = [values.get('file'), values.get('line')]
  if (file === undefined) return undefined
  return { file, ...(line === undefined ? {} : { line: Number(line) }) }
}

function unescaped(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
