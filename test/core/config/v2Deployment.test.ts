import test from 'ava'
import { parseInferenceConfig } from '../../../core/config/inferenceConfig.ts'
import { parseTargetDeployment } from '../../../core/config/targetDeployment.ts'
import { InputError } from '../../../core/errors.ts'

const text = `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
name: blue
endpoint_name: diabetes
model: azureml:diabetes:3
code_configuration:
  code: ../src
  scoring_script: score.py
environment:
  name: mine
  version: 1.10
  image: example.azurecr.io/base:1
  conda_file: conda.yml
environment_variables:
  RATIO: 1.50
instance_type: Standard_DS3_v2
instance_count: 2
app_insights_enabled: true
request_settings:
  request_timeout_ms: 3000
  max_concurrent_requests_per_instance: 4
liveness_probe:
  initial_delay: 20
  period: 5
scale_settings:
  type: default
`
const file = 'deployment.yml'

test('an online deployment of v2 says how a model is served', (t) => {
  const { config, warnings } = parseInferenceConfig({ file, text }, 'image')
  t.like(config, { entryScript: 'score.py', sourceDirectory: '../src' })
  t.like(config.environment, {
    ...{ kind: 'inline', name: 'mine', version: '1.10' },
    base: { kind: 'image', image: 'example.azurecr.io/base:1', registry: undefined },
    python: { kind: 'conda-file', path: 'conda.yml' },
  })
  t.deepEqual(warnings, [])
  const registered = text.replace(/environment:\n( {2}.*\n)+/, 'environment: azureml:mine@latest\n')
  t.like(parseInferenceConfig({ file, text: registered }).config.environment, { kind: 'registered', name: 'mine' })
  const built = text.replace('  image: example.azurecr.io/base:1\n', '  build:\n    path: docker\n')
  t.like(parseInferenceConfig({ file, text: built }).config.environment, {
    base: { kind: 'dockerfile-path', path: 'docker/Dockerfile' },
  })
})

test('an online deployment of v2 says how a service is deployed', (t) => {
  const { deployment, warnings } = parseTargetDeployment({ file, text }, undefined)
  t.is(deployment.target, 'managed')
  t.like(deployment.config, {
    ...{ instanceType: 'Standard_DS3_v2', instanceCount: 2, appInsightsEnabled: true },
    requestSettings: { requestTimeout: 'PT3S', maxConcurrentRequestsPerInstance: 4 },
    livenessProbe: { initialDelay: 'PT20S', period: 'PT5S' },
    environmentVariables: { RATIO: '1.50' },
  })
  t.deepEqual(
    warnings.map(({ message, position }) => [position.line, message]),
    [[24, 'A deployment that is made here does not take these keys, so they change nothing: scale_settings.']],
  )
  const kubernetes = parseTargetDeployment({ file, text: `${text}type: kubernetes\n` }, undefined)
  t.is(kubernetes.deployment.target, 'aks')
})

test('what is wrong in a file of v2 is told in its words and at its lines', (t) => {
  const refused = (from: string, to: string, message: string) => {
    const wrong = { file, text: text.replace(from, to) }
    for (const parse of [() => parseInferenceConfig(wrong), () => parseTargetDeployment(wrong, undefined)])
      t.is(t.throws(parse, { instanceOf: InputError })?.message, message)
  }
  refused(
    'instance_count: 2',
    'instance_cuont: 2',
    'deployment.yml:16: instance_cuont: This key is not known; did you mean "instance_count"?',
  )
  refused(
    '  period: 5',
    '  period: 0',
    'deployment.yml:23: liveness_probe.period: 0 was given; a whole number of at least 1 is allowed.',
  )
  const script = text.replace('scoring_script: score.py', 'scoring_script: ../score.py')
  t.is(
    t.throws(() => parseInferenceConfig({ file, text: script }))?.message,
    'deployment.yml:7: entryScript: "../score.py" was given; a path inside sourceDirectory is required.',
  )
})
