import { configFiles, jsonSchemaOf } from './configSchemas.ts'
import { defaultsSection } from './defaultsTable.ts'

const inCell = (text: string) => text.replaceAll('|', '\\|')

const introductions: Readonly<Record<string, string>> = {
  inferenceconfig:
    'How a model is served: the entry script and what it runs in. Both forms of v1 are read: that of 2019, with the keys of the image beside the entry script, and that of 2020, with an `environment`.',
  deploymentconfig:
    'How a service is deployed. Every target reads the same words; what a target does not honour is told as a warning, so that a file can be moved from one target to another.',
  environment:
    'An environment of v1, as `azureml_environment.json` or the `environment` of a run configuration holds it.',
  'online-endpoint': 'The file that `az ml online-endpoint create` reads, as `endpoint-config` of `deploy`.',
  'online-deployment':
    'The file that `az ml online-deployment create` reads, as `deployment-config` of `deploy`; it needs no inference configuration beside it.',
  'batch-endpoint': 'The file that `az ml batch-endpoint create` reads, as `endpoint-config` of `deploy`.',
  'batch-deployment':
    'The file that `az ml batch-deployment create` reads, as `deployment-config` of `deploy`; the service goes to a batch endpoint.',
  'v2-environment':
    'The file that `az ml environment create` reads, as `"environment": "file:PATH"` of an inference configuration or of a deployment.',
  model: 'The file that `az ml model create` reads, as `model-file` of `register`.',
  requests: 'What is sent to a service before and while it takes over, and what the answers must be like.',
}

/** The reference page of all files that users write. */
export function configurationPage(): string {
  return [
    '# Configuration files',
    '',
    'JSON, JSON with comments, and YAML are read, with a byte order mark and any line ends. Paths are relative to the file',
    'that names them, with slashes or backslashes. `"True"`, `yes` and `on` are true, `null` is a key that is not there.',
    'Every fault of a file is told at once, each as `file:line: key: what was given; what is allowed`; a key that is not known',
    'is told with the nearest one that is. A file may have 1 Mi characters and 98 levels, and aliases of YAML may repeat',
    '10,000 values.',
    '',
    'The schemas in [schemas](schemas) are for editors: name one as `$schema` in the file. This page and the schemas are',
    'generated from what the product reads (`npm run generate`).',
    '',
    ...Object.entries(configFiles).flatMap(([name, file]) => [
      `## ${file.title}`,
      '',
      introductions[name] ?? '',
      '',
      `Schema: [${name}.schema.json](schemas/${name}.schema.json)`,
      '',
      '| key | meaning |',
      '|---|---|',
      ...rows(jsonSchemaOf(file)),
      '',
    ]),
    ...defaultsSection(),
  ].join('\n')
}

function rows(node: unknown, path = ''): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]): readonly string[] => {
    if (key === 'properties' && typeof value === 'object' && value !== null)
      return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
        const at = path === '' ? name : `${path}.${name}`
        const own =
          typeof inner === 'object' && inner !== null && 'description' in inner ? String(inner.description) : ''
        return [`| \`${at}\` | ${inCell(own)} |`, ...rows(inner, at)]
      })
    if (key === 'items' || key === 'additionalProperties' || key === 'anyOf') return rows(value, path)
    return Array.isArray(node) ? rows(value, path) : []
  })
}
