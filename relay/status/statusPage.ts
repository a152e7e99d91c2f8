import { createHash } from 'node:crypto'
import { textAnswer } from '../answers.ts'

/** One row of what was decided and started. */
export interface StatusRow {
  readonly model: string
  readonly version: string
  readonly rule: string
  readonly destination: string
  /** For instance `started`, `waiting`, `failed`. */
  readonly state: string
  readonly at: string
  /** Leads to what was started. */
  readonly url?: string | undefined
  readonly detail?: string | undefined
}

export interface RelayStatus {
  /** What stands above the rows: a name and its value. */
  readonly facts: Readonly<Record<string, string>>
  /** Newest first. */
  readonly rows: readonly StatusRow[]
}

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1b1b1f;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d5d5da;vertical-align:top;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}a{color:#0b57d0}
@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#1b1b1f}th,td{border-color:#45454c}a{color:#a8c7fa}}`

const styleHash = createHash('sha256').update(style).digest('base64')

/** The page for people. It has no script, and whatever came from elsewhere is text on it. */
export function statusPage(status: RelayStatus = { facts: {}, rows: [] }): Response {
  const facts = Object.entries(status.facts).map(([name, value]) => `<dt>${escaped(name)}<dd>${escaped(value)}`)
  const rows = status.rows.map(
    (
      row,
    ) => `<tr><td>${escaped(row.model)}<td>${escaped(row.version)}<td>${escaped(row.rule)}<td>${escaped(row.destination)}
<td>${linked(row.state, row.url)}<td>${escaped(row.at)}<td>${escaped(row.detail ?? '')}`,
  )
  const heads = ['Model', 'Version', 'Rule', 'Destination', 'State', 'Time', 'Detail']
  const table =
    rows.length === 0
      ? '<p>Nothing was started yet.'
      : `<table><thead><tr>${heads.map((head) => `<th scope="col">${head}`).join('')}<tbody>${rows.join('\n')}</table>`
  const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>azureml-cd relay</title><style>${style}</style>
<h1>azureml-cd relay</h1>
<dl>${facts.join('\n')}</dl>
${table}
`
  return textAnswer(200, page, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  })
}

function linked(text: string, url: string | undefined): string {
  const isWeb = url !== undefined && /^https?:\/\//i.test(url)
  return isWeb ? `<a rel="noreferrer noopener" href="${escaped(url)}">${escaped(text)}</a>` : escaped(text)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as text. Marks that turn the direction of writing around would show something else than is there. */
function escaped(text: string): string {
  return text
    .slice(0, 2000)
    .replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, '\uFFFD')
    .replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '')
}
