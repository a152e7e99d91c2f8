import test from 'ava'
import { defaultTargetDeployment, parseTargetDeployment } from '../../../core/config/targetDeployment.ts'
import type { TargetName } from '../../../core/config/targetNames.ts'
import { InputError } from '../../../core/errors.ts'

function parse(value: unknown, target?: TargetName) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return parseTargetDeployment({ file: 'd.json', text }, target)
}

const said = (value: unknown, target?: TargetName) =>
  parse(value, target).warnings.map(({ position, message }) => `${position.line} ${message}`)

test('a file goes where its computeType says, whatever its case, unless another target is wanted', (t) => {
  const targets = ['Managed', 'LOCAL', 'aci', 'Aks', 'AKSENDPOINT', 'kubernetes', 'batch'].map(
    (computeType) => parse({ computeType }).deployment.target,
  )
  t.deepEqual(targets, ['managed', 'local', 'aci', 'aks', 'aks', 'aks', 'batch'])
  t.is(parse({ computeType: 'iot', amlModule: { moduleName: 'm' }, iotDeviceId: 'd' }).deployment.target, 'iot-edge')
  t.is(parse({}).deployment.target, 'managed')
  t.is(parse({}, 'aci').deployment.target, 'aci')
  t.deepEqual(said({ computeType: 'ACI' }, 'local'), [
    '2 This file was written for "ACI"; the service goes to local, as the target says.',
  ])
  t.throws(() => parse({ computeType: 'acii' }), {
    message: 'd.json:2: computeType: "acii" was given; did you mean "aci"?',
  })
  t.throws(() => parse({ computeType: 'fpga-cluster' }), {
    message: /"fpga-cluster" was given; managed, local, aci, aks, aksendpoint, kubernetes, batch, iot are allowed\.$/,
  })
})

test('what is not said is as v1 had it: on ACI', (t) => {
  const { config } = parse({ computeType: 'ACI' }).deployment
  t.deepEqual(config, defaultTargetDeployment('aci').config)
  t.like(config, {
    ...{ cpu: 0.1, memoryGiB: 0.5, authentication: 'none', appInsightsEnabled: false, restartPolicy: 'Always' },
    ...{ location: undefined, tls: undefined, dnsNameLabel: undefined, scoringTimeoutMs: 60_000 },
  })
})

test('what is not said is as v1 had it: on AKS', (t) => {
  const { config } = parse({ computeType: 'AKS' }).deployment
  t.deepEqual(config, defaultTargetDeployment('aks').config)
  t.like(config, {
    scale: { kind: 'autoscale', minReplicas: 1, maxReplicas: 10, refreshPeriodSeconds: 1, targetUtilization: 70 },
    requests: { cpu: 0.1, memoryGiB: 0.5 },
    limits: {},
    authMode: 'Key',
    requestSettings: { requestTimeout: 'PT1M', maxConcurrentRequestsPerInstance: 1, maxQueueWait: 'PT0.5S' },
    livenessProbe: {
      ...{ initialDelay: 'PT5M10S', period: 'PT10S', timeout: 'PT2S', successThreshold: 1, failureThreshold: 3 },
    },
    ...{ appInsightsEnabled: false, collectsData: false, version: undefined },
  })
})

test('an instance type of the cluster says what a replica may use, so that v1’s small defaults are not asked for', (t) => {
  t.like(parse({ computeType: 'AKS', instanceType: 'large' }).deployment.config, { requests: {}, limits: {} })
})

test('a service on ACI may ask for keys, TLS, a network and keys of its own, whole or not at all', (t) => {
  t.like(
    parse({
      ...{ computeType: 'ACI', authEnabled: 'True', sslEnabled: true, cname: 'c', location: 'West Europe' },
      ...{ sslCertificate: 'a.pem', sslKey: 'b.pem', vnetName: 'v', subnetName: 's', gpuCores: 0 },
    }).deployment.config,
    {
      authentication: 'key',
      tls: { certificate: 'a.pem', key: 'b.pem', cname: 'c' },
      network: { vnetName: 'v', subnetName: 's' },
      ...{ location: 'westeurope', gpu: undefined },
    },
  )
})

/** A file, the target it is for, and what is said of it. */
const wrong: readonly (readonly [unknown, string])[] = [
  [
    { computeType: 'ACI', dnsNameLabl: 'x' },
    'd.json:3: dnsNameLabl: This key is not known; did you mean "dnsNameLabel"?',
  ],
  [
    { computeType: 'ACI', dnsNameLabel: 'No' },
    'd.json:3: dnsNameLabel: "No" was given; a label of 5 to 63 lower-case letters, digits and "-" is allowed.',
  ],
  [
    { computeType: 'ACI', dnsNameLabel: 'label', vnetName: 'v', subnetName: 's' },
    'd.json:3: dnsNameLabel: A container group in a virtual network has no public name; leave the label out.',
  ],
  [
    { computeType: 'ACI', vnetName: 'v' },
    'd.json:3: vnetName: It was given without subnetName; vnetName, subnetName are required together.',
  ],
  [
    { computeType: 'ACI', vaultBaseUrl: 'v' },
    'd.json:3: vaultBaseUrl: It was given without keyName and keyVersion; vaultBaseUrl, keyName, keyVersion are required together.',
  ],
  [
    { computeType: 'ACI', sslEnabled: true, cname: 'c' },
    'd.json:3: sslEnabled: True was given without sslCertificate and sslKey.',
  ],
  [
    { computeType: 'ACI', tokenAuthEnabled: true },
    'd.json:3: tokenAuthEnabled: A service on ACI takes keys or asks for nothing; tokens are for managed endpoints and AKS.',
  ],
  [
    { computeType: 'ACI', keys: { primaryKey: 'secret-secret-secret' } },
    'd.json:3: keys: Keys were given while authEnabled is not true; without it nobody is asked for them.',
  ],
  [
    { computeType: 'ACI', containerResourceRequirements: { cpu: 8 } },
    'd.json:4: containerResourceRequirements.cpu: 8 was given; a container group has at most 4 CPUs.',
  ],
  [
    { computeType: 'ACI', containerResourceRequirements: { memoryInGB: 0 } },
    'd.json:4: containerResourceRequirements.memoryInGB: 0 was given; a number above 0 is allowed.',
  ],
  [
    { computeType: 'ACI', restartPolicy: 'sometimes' },
    'd.json:3: restartPolicy: "sometimes" was given; "Always", "OnFailure", "Never" are allowed.',
  ],
  [
    { computeType: 'ACI', pullIdentity: 'me' },
    'd.json:3: pullIdentity: "me" was given; the ARM id of a user-assigned identity is allowed.',
  ],
  [
    { computeType: 'AKS', autoScaler: { autoscaleEnabled: true }, numReplicas: 2 },
    'd.json:6: numReplicas: 2 was given while autoScaler.autoscaleEnabled is true; one of them is allowed.',
  ],
  [
    { computeType: 'AKS', autoScaler: { autoscaleEnabled: false } },
    'd.json:4: autoScaler.autoscaleEnabled: False was given without numReplicas; numReplicas is required then.',
  ],
  [
    { computeType: 'AKS', autoScaler: { minReplicas: 12 } },
    'd.json:4: autoScaler.minReplicas: The least number of replicas, 12, is above the most, 10, which is the default.',
  ],
  [
    { computeType: 'AKS', authEnabled: true, tokenAuthEnabled: true },
    'd.json:4: tokenAuthEnabled: Both authEnabled and tokenAuthEnabled are true; one of them is allowed.',
  ],
  [
    { computeType: 'AKS', namespace: 'Upper' },
    'd.json:3: namespace: "Upper" was given; 1 to 63 lower-case letters, digits and "-", with a letter or digit at both ends, are allowed.',
  ],
  [
    { computeType: 'AKS', containerResourceRequirements: { cpu: 2, cpuLimit: 1 } },
    'd.json:5: containerResourceRequirements.cpuLimit: The limit, 1, is below what is asked for, 2.',
  ],
  [
    { computeType: 'AKS', containerResourceRequirements: { accelerators: { gpu: 1 } } },
    'd.json:5: containerResourceRequirements.accelerators.gpu: This key was given; the name of an extended resource, such as "amd.com/gpu", is allowed.',
  ],
  [
    { computeType: 'AKSENDPOINT', trafficPercentile: 101 },
    'd.json:3: trafficPercentile: 101 was given; a number from 0 to 100 is allowed.',
  ],
  [
    { computeType: 'AKSENDPOINT', trafficPercentile: 12.5 },
    'd.json:3: trafficPercentile: 12.5 was given; online endpoints split traffic in whole per cent.',
  ],
  [
    { computeType: 'AKSENDPOINT', versionName: '1st' },
    'd.json:3: versionName: "1st" was given; 3 to 32 letters, digits or "-", first a letter and last a letter or digit, are allowed.',
  ],
  [
    { computeType: 'local', port: 70_000 },
    'd.json:3: port: 70000 was given; a whole number from 1 to 65535 is allowed.',
  ],
  [{ computeType: 'local', prt: 5000 }, 'd.json:3: prt: This key is not known; did you mean "port"?'],
  [
    { computeType: 'batch', miniBatchSize: 0 },
    'd.json:3: miniBatchSize: 0 was given; a whole number of at least 1 is allowed.',
  ],
  [
    { computeType: 'batch', outputFileName: 'a/b.csv' },
    'd.json:3: outputFileName: "a/b.csv" was given; a file name without folders is allowed.',
  ],
  [
    { computeType: 'batch', minibatchSise: 1 },
    'd.json:3: minibatchSise: This key is not known; did you mean "miniBatchSize"?',
  ],
  [{ computeType: 'iot', iotDeviceId: 'd' }, 'd.json:1: amlModule: It is missing; an object is required.'],
  [
    { computeType: 'iot', amlModule: { moduleName: 'm' } },
    'd.json:1: iotDeviceId: It is missing; a device, or a targetCondition that says which devices are meant, is required.',
  ],
  [
    { computeType: 'iot', amlModule: { moduleName: 'm' }, iotDeviceId: 'd', targetCondition: '*' },
    'd.json:7: targetCondition: Both iotDeviceId and targetCondition were given; one of them is allowed.',
  ],
  [
    { computeType: 'iot', amlModule: { moduleName: 'm' }, iotDeviceId: 'd', routes: { up: 'anything' } },
    'd.json:8: routes.up: A route reads FROM … INTO …, such as "FROM /messages/* INTO $upstream".',
  ],
  [
    {
      ...{ computeType: 'iot', amlModule: { moduleName: 'm' }, iotDeviceId: 'd' },
      routes: { up: 'FROM /messages/modules/camera/outputs/* INTO $upstream' },
    },
    'd.json:8: routes.up: It names the module "camera", which is not among those given.',
  ],
]

for (const [file, message] of wrong)
  test(`what cannot be is told in one line: ${message.slice(0, 110)}`, (t) => {
    const error = t.throws(() => parse(file), { instanceOf: InputError })
    t.is(error?.message, message)
  })

test('no message holds a secret of the file', (t) => {
  const error = t.throws(() => parse({ computeType: 'ACI', keys: { primaryKey: ['geheim'] } }))
  t.notRegex(error?.message ?? '', /geheim/)
  const iot = { computeType: 'iot', amlModule: { moduleName: 'm' }, iotDeviceId: 'd' }
  const other = t.throws(() => parse({ ...iot, acrCredentials: [{ location: 'l', user: 'u', password: 77_777 }] }))
  t.notRegex(other?.message ?? '', /77777/)
})

test('keys that a target does not honour are named once, with the first line', (t) => {
  t.deepEqual(said({ computeType: 'local', port: 6789, containerResourceRequirements: { cpu: 1 }, namespace: 'x' }), [
    '4 A service on this machine does not take these keys, so they change nothing: containerResourceRequirements, namespace.',
  ])
  t.deepEqual(said({ computeType: 'ACI', numReplicas: 2, gpuCores: 0 }), [
    '3 A service on ACI does not take these keys, so they change nothing: numReplicas.',
  ])
  t.deepEqual(said({ computeType: 'AKS', sslEnabled: true, enableAppInsights: true }), [
    '3 TLS on AKS is a matter of the whole cluster: give the certificate to the operation compute when the extension is installed.',
    '4 A service on AKS does not take these keys, so they change nothing: enableAppInsights.',
  ])
})

for (const target of ['managed', 'local', 'aci', 'aks'] as const)
  test(`who asks for an FPGA on ${target} is told once what became of it, and where accelerators can be had`, (t) => {
    const file = { containerResourceRequirements: { fpga: 1 }, description: 'v1' }
    t.deepEqual(said(file, target), [
      '3 Services on FPGAs were a feature of v1 alone; its support has ended and no current API of Azure Machine Learning has a place for them, so this key changes nothing. Other accelerators can be asked for on AKS: containerResourceRequirements.accelerators.',
    ])
    t.deepEqual(said({ containerResourceRequirements: { fpga: 0 } }, target), [])
  })
