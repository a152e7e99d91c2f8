import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { StepRun } from './runner.ts'

const folder = 'test/actions/snapshots'

/**
 * Compares a text with what test/actions/snapshots holds of that name. AZUREML_CD_UPDATE_SNAPSHOTS writes it instead;
 * what then differs is to be read as any other change.
 */
export function snapshot(t: ExecutionContext, name: string, text: string): void {
  const file = join(folder, `${name}.md`)
  if (process.env.AZUREML_CD_UPDATE_SNAPSHOTS) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  let known: string | undefined
  try {
    known = readFileSync(file, 'utf8')
  } catch {
    t.fail(`There is no ${file}; AZUREML_CD_UPDATE_SNAPSHOTS=1 writes it.`)
    return
  }
  t.is(text, known, file)
}

/** A run as a page to read: what was printed, handed out, summed up, and asked of Azure. */
export function pageOf(
  title: string,
  run: StepRun,
  { requests, replace }: { readonly requests: readonly string[]; readonly replace: ReadonlyMap<string, string> },
): string {
  const block = (text: string, language = '') => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
  const outputs = Object.entries(run.outputs).map(([name, value]) => `${name}=${value}`)
  const page = [
    ...[`# ${title}`, '', `Exit code ${run.code}.`, '', '## Log', '', block(steadyLog(run.stdout).join('\n')), ''],
    ...['## Outputs', '', block(outputs.join('\n')), ''],
    ...['## Summary', '', run.summary.trim() || 'None.', ''],
    ...['## Requests', '', block(withoutRepetition(requests).join('\n')), ''],
  ].join('\n')
  return steady(page, replace)
}

/**
 * The log but for what is of this run and machine: debug lines, which tell each look at a state, progress, and what a
 * container wrote. Which values are masked is another test's business; here only that they are.
 */
function steadyLog(stdout: string): readonly string[] {
  const lines: string[] = []
  let ofContainer = false
  for (const line of stdout.split('\n')) {
    if (line.startsWith('::endgroup::')) ofContainer = false
    if (ofContainer || /^::debug::|^(Waiting for|Watching|Uploading|Downloading)\b.*: /.test(line)) continue
    lines.push(line.replace(/^::add-mask::.*/, '::add-mask::SECRET'))
    if (line.startsWith('::group::Log of ')) {
      ofContainer = true
      lines.push('(what the container wrote)')
    }
  }
  return withoutRepetition(lines)
}

/** How often a state is looked at until it is reached depends on the machine. */
function withoutRepetition(lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => line !== lines[index - 1])
}

/** What differs from run to run and from machine to machine, under a name. */
function steady(text: string, replace: ReadonlyMap<string, string>): string {
  let result = text
  for (const [value, name] of replace) result = result.replaceAll(value, name)
  return result
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TOKEN')
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, 'GUID')
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b\d+(\.\d+)?( (ms|s)\b)/g, 'N$2')
    .replaceAll(/ :\d+, \d+$/gm, ' :N, N')
    .replaceAll(/\| (\d{3}) \| \d+ \|/g, '| $1 | N |')
    .replaceAll(/"milliseconds":[\d.]+/g, '"milliseconds":N')
    .replaceAll(/(https?:\/\/(127\.0\.0\.1|localhost)):\d+/g, '$1:PORT')
}
