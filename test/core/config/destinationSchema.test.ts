import test from 'ava'
import { checkDocument } from '../../../core/config/check.ts'
import { destinationsSchema } from '../../../core/config/destinationSchema.ts'
import { parseDocument } from '../../../core/config/document.ts'
import { section } from '../../../core/config/fields.ts'
import { InputError } from '../../../core/errors.ts'

const schema = section({ destinations: destinationsSchema })

function read(text: string) {
  const document = parseDocument({ file: 'triggers.yml', text })
  return checkDocument({ document, schema, partial: schema.partial(), rules: () => [] }).destinations
}

const faultsOf = (text: string): string => {
  try {
    read(text)
    return 'no faults'
  } catch (error) {
    return error instanceof InputError ? error.message : String(error)
  }
}

test('every kind of destination is read as it is documented', (t) => {
  const destinations = read(`
destinations:
  dispatch:
    kind: github-dispatch
    repository: contoso/models
    auth: { token: { fromEnvironment: GITHUB_TOKEN } }
    runNameHoldsKey: true
  workflow:
    kind: github-workflow
    repository: contoso/models
    auth: { app: { id: 4711, privateKey: { fromFile: /run/secrets/app.pem } } }
    workflow: deploy.yml
    ref: main
    inputs: { model-version: '{model.version}' }
  release: { kind: azure-release, organization: contoso, project: Models, definition: 3, artifact: _model }
  pipeline:
    kind: azure-pipeline
    organization: https://tfs.example/tfs/Collection
    project: Models
    pipeline: 12
    token: { fromEnvironment: AZURE_DEVOPS_TOKEN }
    parameters: { modelName: '{model.name}', team: '{model.tags.team}' }
  hook: { kind: incoming-webhook, organization: contoso, webhook: ModelRegistered, secret: { fromEnvironment: HOOK } }
  artifact: { kind: release-artifact, payloadUrl: { fromEnvironment: URL }, secret: { fromEnvironment: HOOK } }
  anybody: { kind: webhook, url: https://hooks.example/models, secret: { fromEnvironment: HOOK } }
`)
  t.is(Object.keys(destinations).length, 7)
  t.like(destinations.workflow, { auth: { kind: 'app', id: 4711, privateKey: { kind: 'file' } } })
  t.like(destinations.pipeline, { parameters: { team: [{ kind: 'tag', name: 'team' }] } })
})

test('a secret written into the file is refused and not repeated', (t) => {
  for (const [key, value] of [
    ['secret', 'whsec_abcdefgh'],
    ['secret', '{ value: whsec_abcdefgh }'],
  ]) {
    const faults = faultsOf(`destinations:\n  a: { kind: webhook, url: https://hooks.example/, ${key}: ${value} }`)
    t.regex(faults, /triggers\.yml:2: destinations\.a\.secret: .*fromEnvironment/)
    t.notRegex(faults, /abcdefgh/)
  }
})

test('addresses, names and places that lead elsewhere are faults', (t) => {
  const secret = 'secret: { fromEnvironment: S }'
  const webhook = (url: string) => faultsOf(`destinations:\n  a: { kind: webhook, url: '${url}', ${secret} }`)
  for (const url of [
    'http://hooks.example/',
    'https://user:pass@hooks.example/',
    'file:///etc/passwd',
    'gopher://x/',
    'hooks.example',
    'http://127.0.0.1.attacker.example/',
  ])
    t.regex(webhook(url), /https:\/\//, url)
  const repository = (name: string) =>
    faultsOf(`destinations:\n  a: { kind: github-dispatch, repository: '${name}', auth: { token: { fromFile: t } } }`)
  for (const name of ['contoso', '../admin', 'contoso/..', 'contoso/a/b', 'con toso/a', 'contoso/a?x'])
    t.regex(repository(name), /owner\/name/, name)
  t.is(repository('contoso/models.v2'), 'no faults')
  const azure = 'kind: azure-pipeline, organization: contoso, pipeline: 1'
  for (const project of ['..', 'a/b', 'a?b', '.'])
    t.regex(faultsOf(`destinations:\n  a: { ${azure}, project: '${project}' }`), /project/, project)
  for (const template of ['{model.nmae}', '{', '{{model.name}}', '{model.tags}', '{toString}'])
    t.regex(
      faultsOf(`destinations:\n  a: { ${azure}, project: a, parameters: { x: '${template}' } }`),
      /places in braces are/,
      template,
    )
})

test('an unknown kind is told with the kinds there are', (t) => {
  t.regex(faultsOf('destinations:\n  a: { kind: github }'), /github-dispatch, github-workflow, azure-release/)
  t.regex(
    faultsOf('destinations:\n  a: { kind: webhook, url: https://a.example/, secrets: x }'),
    /did you mean "secret"/,
  )
})
