import type { Line } from '../hosts/contract.ts'

/** A task's output as an agent takes it: commands obeyed, the rest shown. */
export interface AgentLog {
  readonly lines: readonly Line[]
  readonly outputs: Readonly<Record<string, string>>
  /** Variables that were set as secrets. */
  readonly secretOutputs: readonly string[]
  readonly masked: readonly string[]
  readonly summaries: readonly string[]
  readonly result: string | undefined
  readonly message: string
  /** Issues of the page of the run, which shows ten of each kind. */
  readonly issues: readonly { readonly type: string; readonly message: string }[]
  /** What is left to be read by people, and whatever looks like a command but is none that a task here prints. */
  readonly shown: string
}

const command = /^##vso\[(\w+\.\w+)((?: [\w]+=[^;\]]*;(?:[\w]+=[^;\]]*;)*)?)\](.*)$/

/**
 * Reads what a task printed. Only commands in exactly the form that the agent's library prints them are taken for the
 * task's own; what a remote text brings along stays in `shown`.
 */
export function readAgentLog(stdout: string): AgentLog {
  const lines: Line[] = []
  const outputs: Record<string, string> = {}
  const log = { secretOutputs: [] as string[], masked: [] as string[], summaries: [] as string[] }
  const issues: { type: string; message: string }[] = []
  const shown: string[] = []
  let result: string | undefined
  let message = ''
  let depth = 0
  const show = (kind: Line['kind'], text: string, position?: Line['position']): void => {
    shown.push(text)
    for (const line of text.split('\n')) lines.push({ kind, text: line, depth, ...(position && { position }) })
  }
  for (const line of stdout.replace(/\n$/, '').split('\n')) {
    const [, name, properties = '', data = ''] = command.exec(line) ?? []
    const values = propertiesIn(properties)
    const text = unescapeData(data)
    if (name === undefined) {
      const [, format, rest = ''] = /^##\[(group|endgroup|error|warning)\](.*)$/.exec(line) ?? []
      if (format === 'group') show('info', rest)
      if (format === 'group') depth += 1
      if (format === 'endgroup') depth -= 1
      if (format === 'error' || format === 'warning') show(format, rest)
      if (format === undefined) show('info', line)
      continue
    }
    switch (name) {
      case 'task.debug':
      case 'task.setprogress':
        show('info', text)
        break
      case 'task.setsecret':
        log.masked.push(text)
        break
      case 'task.setvariable':
        if (values.isOutput === 'true') outputs[values.variable ?? ''] = text
        else shown.push(line)
        if (values.issecret === 'true') log.secretOutputs.push(values.variable ?? '')
        break
      case 'task.uploadsummary':
        log.summaries.push(text)
        break
      case 'task.logissue': {
        const kind = values.type === 'warning' ? 'warning' : 'error'
        const { sourcepath: file, linenumber } = values
        issues.push({ type: kind, message: text })
        show(kind, text, file === undefined ? undefined : { file, ...(linenumber && { line: Number(linenumber) }) })
        break
      }
      case 'task.complete':
        result = values.result
        message = text
        break
      default:
        shown.push(line)
    }
  }
  return { lines, outputs, ...log, issues, result, message, shown: shown.join('\n') }
}

function propertiesIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .trim()
      .split(';')
      .filter((part) => part !== '')
      .map((part) => [part.slice(0, part.indexOf('=')), unescapeProperty(part.slice(part.indexOf('=') + 1))]),
  )
}

const unescapeData = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%AZP25', '%')

const unescapeProperty = (text: string): string => unescapeData(text.replaceAll('%5D', ']').replaceAll('%3B', ';'))
