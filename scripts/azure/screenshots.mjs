// Draws the pictures of the extension's page from what the tests hold the tasks to: the log and the summary of a run, and
// the inputs of a task. Run it when those change.
//
//   node scripts/azure/screenshots.mjs
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
const temporary = mkdtempSync(join(tmpdir(), 'azureml-cd-screenshots-'))

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const style = `*{box-sizing:border-box}body{margin:0;font:15px/1.5 'DejaVu Sans',sans-serif;background:#fff;color:#201f1e;padding:28px}
h1{font-size:20px;margin:0 0 16px}pre{font:13px/1.65 'DejaVu Sans Mono',monospace;background:#1e1e1e;color:#ddd;padding:20px;border-radius:6px;margin:0;white-space:pre-wrap}
.g{color:#6cb6ff}.v{color:#8ddb8c}table{border-collapse:collapse}td,th{border:1px solid #ddd;padding:7px 14px;text-align:left}
label{display:block;font-size:13px;margin:12px 0 3px}.i{border:1px solid #bbb;border-radius:3px;height:32px;padding:4px 9px;color:#605e5c;background:#faf9f8}
.cols{display:grid;grid-template-columns:1fr 1fr;gap:0 28px}h2{font-size:15px;margin:20px 0 0;grid-column:1/3;border-bottom:1px solid #ddd}.r{color:#a4262c}`

/** @param {string} name @param {string} body @param {number} height */
function draw(name, body, height) {
  const page = join(temporary, 'page.html')
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><style>${style}</style>${body}`)
  const file = resolve('docs/azure-devops/pictures', name)
  const { status, stderr } = spawnSync(
    chromium,
    [
      '--headless',
      '--no-sandbox',
      '--hide-scrollbars',
      `--window-size=1100,${height}`,
      `--screenshot=${file}`,
      `file://${page}`,
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  console.log(name)
}

/** The parts of what a test recorded of a task. @param {string} task */
function recorded(task) {
  const [log = '', summary = ''] = readFileSync(`test/tasks/vsix/printed/${task}.txt`, 'utf8').split(
    /\n---- (?:standard error\n.*\n---- summary|requests)\n/,
  )
  return { log: log.split('\n'), summary: summary.split('\n') }
}

try {
  const { log, summary } = recorded('update')
  const shown = log.flatMap((line) => {
    const group = /^##\[group\](.*)/.exec(line)?.[1]
    if (group !== undefined) return [`<span class="g">▾ ${escaped(group)}</span>`]
    const [, variable, value] = /^##vso\[task\.setvariable variable=(\w+);.*?\](.*)/.exec(line) ?? []
    if (variable !== undefined) return [`<span class="v">output ${variable}</span> = ${escaped(value ?? '')}`]
    return line.startsWith('##') || line === '' ? [] : [`  ${escaped(line)}`]
  })
  draw('update-log.png', `<h1>Log of AzureMLUpdate@0</h1><pre>${shown.join('\n')}</pre>`, 130 + 22 * shown.length)

  const title = summary.find((line) => line.startsWith('### '))?.slice(4) ?? ''
  const rows = summary.filter((line) => line.startsWith('|') && !/^\|[-|]+\|$/.test(line))
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  const table = cells
    .map(
      (row, index) =>
        `<tr>${row.map((cell) => (index === 0 ? `<th>${escaped(cell)}</th>` : `<td>${escaped(cell)}</td>`)).join('')}</tr>`,
    )
    .join('')
  draw('update-summary.png', `<h1>${escaped(title)}</h1><table>${table}</table>`, 120 + 42 * cells.length)

  const { inputs, groups, friendlyName } = JSON.parse(readFileSync('tasks/AzureMLUpdate/task.json', 'utf8'))
  /** @param {any} input */
  const field = ({ label, required, defaultValue }) =>
    `<div><label>${escaped(label)}${required ? ' <span class="r">*</span>' : ''}</label><div class="i">${escaped(defaultValue ?? '')}</div></div>`
  const sections = [{ name: undefined, displayName: '' }, ...groups].map(({ name, displayName }) => {
    const own = inputs.filter((/** @type {any} */ input) => input.groupName === name)
    return `${displayName === '' ? '' : `<h2>${escaped(displayName)}</h2>`}${own.map(field).join('')}`
  })
  draw(
    'update-inputs.png',
    `<h1>${escaped(friendlyName)}</h1><div class="cols">${sections.join('')}</div>`,
    220 + 44 * inputs.length,
  )
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
