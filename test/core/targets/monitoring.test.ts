import test from 'ava'
import { parseTargetDeployment, type TargetConfigs } from '../../../core/config/targetDeployment.ts'
import { containerGroup } from '../../../core/targets/aciGroup.ts'
import { kubernetesDeployment } from '../../../core/targets/kubernetes.ts'
import { managedDeployment } from '../../../core/targets/managed.ts'

const asked = { appInsightsEnabled: 'True', dataCollection: { storageEnabled: true } }

function parsed<T extends keyof TargetConfigs>(target: T, more: object) {
  const text = JSON.stringify({ computeType: target, ...more })
  const { deployment, warnings } = parseTargetDeployment({ file: 'd.json', text }, target)
  const configs: Partial<TargetConfigs> = { [deployment.target]: deployment.config }
  const config = configs[target]
  if (config === undefined) throw new Error(`This is no configuration of ${target}.`)
  return { config, warnings: warnings.map(({ message }) => message) }
}

const model = {
  name: 'm',
  version: '1',
  id: '/models/m/versions/1',
  tags: {},
  properties: {},
  uri: 'azureml://x',
  type: 'custom_model',
  isArchived: false,
}
const common = { location: 'here', scoringScript: 'score.py', tags: {} }
const assets = { environmentId: '/e', codeId: '/c', environmentVariables: {} }
const collected = {
  collections: { model_inputs: { dataCollectionMode: 'Enabled' }, model_outputs: { dataCollectionMode: 'Enabled' } },
}

test('a managed endpoint tells Application Insights and collects data when it is asked to, and else not', (t) => {
  const made = (more: object) => {
    const { config, warnings } = parsed('managed', more)
    t.deepEqual(warnings, [])
    return managedDeployment({ ...common, ...assets, model, config })
  }
  const watched = made(asked)
  t.is(watched.appInsightsEnabled, true)
  t.deepEqual(watched.raw?.dataCollector, collected)
  const plain = made({})
  t.is(plain.appInsightsEnabled, undefined)
  t.false('dataCollector' in (plain.raw ?? {}))
  // Another setting is another deployment.
  t.not(plain.name, watched.name)
})

test('a service on AKS tells Application Insights and collects data when it is asked to, and else not', (t) => {
  const compute = { id: '/computes/c', name: 'c', type: 'Kubernetes', namespace: undefined, instanceTypes: {} }
  const made = (more: object) => {
    const { config, warnings } = parsed('aks', more)
    t.deepEqual(warnings, [])
    return kubernetesDeployment({
      ...common,
      ...{ compute: { ...compute, provisioningState: 'Succeeded' }, assets, model, config },
    })
  }
  const watched = made(asked)
  t.is(watched.appInsightsEnabled, true)
  t.deepEqual(watched.raw?.dataCollector, collected)
  const plain = made({})
  t.is(plain.appInsightsEnabled, false)
  t.false('dataCollector' in (plain.raw ?? {}))
})

test('a container group has the workspace’s Application Insights as a secret, and the variable that collectors look for', (t) => {
  const variables = (more: object) => {
    const { config, warnings } = parsed('aci', more)
    t.deepEqual(warnings, [])
    const group = containerGroup({
      ...{ config, image: 'i', label: 'l', location: 'here', subnetId: undefined, puller: { kind: 'open' }, tags: {} },
      secrets: { primaryKey: 'k'.repeat(20), secondaryKey: 'l'.repeat(20), tlsCertificate: '', tlsKey: '' },
      ...{ environmentVariables: {}, appInsightsKey: config.appInsightsEnabled ? 'the-key' : undefined },
    })
    return group.containers[0]?.environmentVariables?.filter(({ name }) => /^AML_/.test(name))
  }
  t.deepEqual(variables(asked), [
    { name: 'AML_APP_INSIGHTS_ENABLED', value: 'true' },
    { name: 'AML_APP_INSIGHTS_KEY', secureValue: 'the-key' },
    { name: 'AML_MODEL_DC_STORAGE_ENABLED', value: 'true' },
  ])
  t.deepEqual(variables({}), [])
})

test('where nothing can be told to Application Insights or collected, whoever asks for it is told', (t) => {
  t.deepEqual(parsed('local', asked).warnings, [
    'A service on this machine does not take these keys, so they change nothing: appInsightsEnabled, dataCollection.',
  ])
  const edge = { amlModule: { moduleName: 'm' }, iotDeviceId: 'd', appInsightsEnabled: true }
  t.regex(
    parsed('iot-edge', { ...edge, computeType: 'iot' }).warnings.join(),
    /appInsightsEnabled|Application Insights/,
  )
  // Found in samples of v1, which read it as little.
  t.regex(parsed('managed', { enableAppInsights: true }).warnings.join(), /enableAppInsights/)
})
