import type { Authentication } from './target.ts'

/** What a client needs to know to call a service. */
export interface Callable {
  readonly scoringUri: string
  readonly authentication: Authentication
  /** A body that the service takes, as JSON; an empty list of data when it is not known. */
  readonly sample?: string | undefined
  /** What is sent there begins a job over files, instead of being answered. */
  readonly takesJobs?: boolean | undefined
}

/** Begins a job of a batch endpoint; the address is an example. */
const jobSample = JSON.stringify({
  properties: {
    InputData: { data: { JobInputType: 'UriFolder', Uri: 'azureml://datastores/workspaceblobstore/paths/FOLDER' } },
  },
})

/**
 * How to call a service, in a shell, Python and JavaScript, as folded Markdown. Keys and tokens stand there by the name
 * of a variable of the environment, never by their value.
 */
export function clientSnippets({ scoringUri, authentication, sample: given, takesJobs }: Callable): string {
  const sample = takesJobs ? jobSample : (given ?? '{"data": []}')
  const opens = authentication !== 'none'
  const shellQuoted = `'${sample.replaceAll("'", `'\\''`)}'`
  const curl = [
    `curl '${scoringUri}' \\`,
    ...(opens ? ['  -H "Authorization: Bearer $SERVICE_KEY" \\'] : []),
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shellQuoted}`,
  ]
  const python = [
    'import json, os, urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${JSON.stringify(scoringUri)},`,
    `    data=json.dumps(json.loads(${JSON.stringify(sample)})).encode(),`,
    `    headers={"Content-Type": "application/json"${opens ? ', "Authorization": "Bearer " + os.environ["SERVICE_KEY"]' : ''}},`,
    ')',
    'with urllib.request.urlopen(request) as response:',
    '    print(json.load(response))',
  ]
  const javascript = [
    ...(opens ? ["const serviceKey = '…'", ''] : []),
    `const response = await fetch(${JSON.stringify(scoringUri)}, {`,
    "  method: 'POST',",
    `  headers: { 'content-type': 'application/json'${opens ? ', authorization: `Bearer $' + '{serviceKey}`' : ''} },`,
    `  body: JSON.stringify(${sample}),`,
    '})',
    'const answer = await response.json()',
  ]
  return [
    '<details><summary>How to call it</summary>',
    '',
    ...(opens ? [`\`SERVICE_KEY\` is ${whatOpens[authentication]}.`, ''] : []),
    ...fenced('bash', curl),
    ...fenced('python', python),
    ...fenced('javascript', javascript),
    '</details>',
  ].join('\n')
}

const whatOpens = {
  key: 'one of its keys, which the operation `keys` hands out',
  'aml-token': 'a token, which the operation `keys` hands out and which expires',
  'aad-token': 'a token of Microsoft Entra for Azure Machine Learning',
  none: '',
} as const satisfies Record<Authentication, string>

function fenced(language: string, lines: readonly string[]): readonly string[] {
  return [`\`\`\`${language}`, ...lines, '```', '']
}
