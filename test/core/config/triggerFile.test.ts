import test from 'ava'
import { parseTriggerFile } from '../../../core/config/triggerFile.ts'
import { InputError } from '../../../core/errors.ts'

const id =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws'

function parse(text: string) {
  return parseTriggerFile({ file: 'triggers.yml', text })
}

function faultsOf(text: string): readonly string[] {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof InputError) return error.message.split('\n')
    throw error
  }
  return []
}

const destinations =
  'destinations:\n  ship: { kind: webhook, url: https://example.com/hook, secret: { fromEnvironment: HOOK } }\n'

test('a short file says what it must, and the rest is as documented', (t) => {
  const { sources, rules, rereadSeconds, tagVersions, warnings } = parse(
    `workspaces: [{ id: ${id} }]\nrules: [{ name: ship-it, model: 'risk-*', destinations: [ship] }]\n${destinations}`,
  )
  t.like(sources[0], { kind: 'workspace', name: 'ws', id, resourceGroup: 'rg', resource: 'ws' })
  t.deepEqual(rules, [
    {
      ...{ name: 'ship-it', enabled: true, dryRun: false, sources: [], models: ['risk-*'], tags: {}, properties: {} },
      ...{ stage: undefined, minimumVersion: undefined, since: undefined, when: undefined, order: 'newest' },
      ...{ debounceSeconds: 0, service: undefined, concurrency: undefined, quietHours: [], destinations: ['ship'] },
    },
  ])
  t.is(rereadSeconds, 3600)
  t.true(tagVersions)
  t.deepEqual(warnings, [])
})

test('every condition and habit of a rule is read', (t) => {
  const { rules, sources } = parse(`
workspaces:
  - { name: west, subscriptionId: 00000000-0000-0000-0000-000000000001, resourceGroup: rg, workspace: west-ws }
registries:
  - { subscriptionId: 00000000-0000-0000-0000-000000000001, resourceGroup: rg, registry: models }
rules:
  - name: risk
    workspaces: [west]
    model: [risk-*, '!risk-old']
    tags: { stage: ready, team: '*', release: 1.10 }
    properties: { framework: 'sk*' }
    stage: production
    minimumVersion: 3
    since: 2026-11-01
    when: rmse < 60 and r2 > served.r2
    order: every
    debounce: 10m
    service: risk-eu
    concurrency: 1
    quietHours: { from: '22:00', to: '06:00', days: [fri, sat], timeZone: Europe/Berlin }
    destinations: [ship]
${destinations}`)
  t.deepEqual(
    sources.map(({ kind, name }) => `${kind} ${name}`),
    ['workspace west', 'registry models'],
  )
  t.like(rules[0], {
    ...{ sources: ['west'], tags: { stage: 'ready', team: '*', release: '1.10' }, stage: 'Production' },
    ...{ minimumVersion: 3, since: '2026-11-01', order: 'every', debounceSeconds: 600, concurrency: 1 },
    quietHours: [{ fromMinute: 1320, toMinute: 360, days: [5, 6], timeZone: 'Europe/Berlin' }],
  })
})

test('every fault is told with its line, and with the name that was meant', (t) => {
  t.deepEqual(
    faultsOf(`workspaces: [{ id: ${id} }, { workspace: two }]
rules:
  - name: one
    model: a
    debounse: 10m
    destinations: [shipp]
  - name: ONE
    model: ''
    debounce: 10 minutes
    concurrency: 2
    when: rmse < served.rmse
    order: every
    workspaces: [wz]
    tags: { azureml-cd.trigger.one: x }
    destinations: [ship]
  - { name: three, model: b, when: 'rmse <', quietHours: { from: 22, to: '25:00' }, destinations: ship }
${destinations}`),
    [
      'triggers.yml:1: workspaces[1]: It is not told whole; either id, or subscriptionId, resourceGroup and workspace are required.',
      'triggers.yml:5: rules[0].debounse: This key is not known; did you mean "debounce"?',
      'triggers.yml:8: rules[1].model: "" was given; a glob over model names such as "risk-*", or a list of them, is allowed.',
      'triggers.yml:9: rules[1].debounce: "10 minutes" was given; a time such as 90s, 10m, 2h or 1d, of at most 30 days, is allowed.',
      'triggers.yml:16: rules[2].when: "rmse <" was given; a number, a text in quotes, or the name of a tag or property is required at its end.',
      'triggers.yml:16: rules[2].quietHours: An object was given; an object with from and to is allowed.',
      'triggers.yml:16: rules[2].destinations: "ship" was given; a list of names is required.',
    ],
  )
  t.deepEqual(
    faultsOf(`workspaces: [{ id: ${id} }]
rules:
  - name: one
    model: a
    destinations: [shipp]
  - name: ONE
    model: a
    concurrency: 2
    when: rmse < served.rmse
    order: every
    workspaces: [wz]
    tags: { azureml-cd.trigger.one: x }
    destinations: [ship]
${destinations}`),
    [
      'triggers.yml:5: rules[0].destinations[0]: There is no destination "shipp"; did you mean "ship"?',
      'triggers.yml:6: rules[1].name: "ONE" is the name of rules[0] already; each name is allowed once.',
      'triggers.yml:8: rules[1].concurrency: It was given without "service"; say for which service.',
      'triggers.yml:9: rules[1].when: It compares with what is served; say by which service, with the key "service".',
      'triggers.yml:10: rules[1].order: "every" was given without "since"; say from which date on, so that the versions that are there already are not all started.',
      'triggers.yml:11: rules[1].workspaces[0]: There is no workspace or registry "wz"; did you mean "ws"?',
      'triggers.yml:12: rules[1].tags["azureml-cd.trigger.one"]: Names that begin with "azureml-cd." are azureml-cd\'s own notes; a rule cannot look at them.',
    ],
  )
})

test('a rule that compares with what is served is about workspaces, because registries do not tell', (t) => {
  const file = (narrowed: string) => `workspaces: [{ id: ${id} }]
registries: [{ id: ${id.replace('/workspaces/ws', '/registries/models')} }]
rules: [{ name: one, model: a, when: r2 > served.r2, service: risk,${narrowed} destinations: [ship] }]
${destinations}`
  t.deepEqual(faultsOf(file('')), [
    'triggers.yml:3: rules[0].when: It compares with what is served, and the registry "models" does not tell that; narrow the rule with "workspaces".',
  ])
  t.deepEqual(faultsOf(file(' workspaces: [ws],')), [])
})

test('a file without rules, workspaces or destinations says what is missing', (t) => {
  t.deepEqual(faultsOf('{}'), [
    'triggers.yml:1: rules: It is missing; a list of rules is required.',
    'triggers.yml:1: destinations: It is missing; an object of destinations is required.',
    'triggers.yml:1: At least one workspace or registry is required, under "workspaces" or "registries".',
  ])
})

test('a destination that no rule names is warned about', (t) => {
  const { warnings } = parse(
    `workspaces: [{ id: ${id} }]\nrules: [{ name: a, model: a, destinations: [ship] }]\n${destinations}  spare: { kind: webhook, url: https://example.com/b, secret: { fromEnvironment: B } }\n`,
  )
  t.deepEqual(warnings, [
    { message: 'No rule names the destination "spare".', position: { file: 'triggers.yml', line: 5 } },
  ])
})
