import { inputMeta, kebabCase, type Operation } from '../../core/index.ts'
import { loadAll } from '../../core/operations/index.ts'

const operations = await loadAll()

const inCell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')

function section({ name, title, summary, inputs, outputs }: Operation): string {
  const inputRows = Object.entries(inputs).map(([key, input]) => {
    const { kind, description } = inputMeta(input)
    const required = input.safeParse(undefined).success ? '' : 'yes'
    return `| \`${kebabCase(key)}\` | ${kind} | ${required} | ${inCell(description)} |`
  })
  const outputRows = Object.entries(outputs).map(
    ([key, output]) => `| \`${kebabCase(key)}\` | ${inCell(output.description ?? '')} |`,
  )
  return [
    `## ${name}: ${title}`,
    '',
    summary,
    '',
    '| input | kind | required | meaning |',
    '|---|---|---|---|',
    ...inputRows,
    '',
    '| output | meaning |',
    '|---|---|',
    ...outputRows,
    '',
  ].join('\n')
}

/** The reference page of all operations. */
export function operationsPage(): string {
  return [
    '# Operations',
    '',
    'Names are spelled as GitHub Actions and the command line (`--model-version`) write them; Azure Pipelines writes the',
    'same name in camel case (`modelVersion`). This page is generated from the operations (`npm run generate`).',
    '',
    ...operations.map(section),
  ].join('\n')
}
