import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { parseCondaFile } from '../../../core/config/condaFile.ts'
import { parseDeploymentConfig } from '../../../core/config/deploymentConfig.ts'
import type { SourceFile } from '../../../core/config/document.ts'
import { parseEnvironmentFile } from '../../../core/config/environmentFile.ts'
import { parseInferenceConfig } from '../../../core/config/inferenceConfig.ts'
import { parseModelFile } from '../../../core/config/modelFile.ts'
import { parseRequests } from '../../../core/config/requests.ts'
import { parseTargetDeployment } from '../../../core/config/targetDeployment.ts'
import { targetNames } from '../../../core/config/targetNames.ts'
import { parseEndpointFile } from '../../../core/config/v2Endpoint.ts'
import { InputError } from '../../../core/errors.ts'
import { condaFiles, moreInference, ofTargets, type Row, yamlSyntax } from './malformedRows.ts'
import { ofV2 } from './v2Rows.ts'

const inference: readonly Row[] = [
  ['', 'i.json:1: Nothing was given; an object is allowed.'],
  ['[]', 'i.json:1: A list was given; an object is allowed.'],
  ['"score.py"', 'i.json:1: "score.py" was given; an object is allowed.'],
  ['{}', 'i.json:1: entryScript: It is missing; a path is required.'],
  ['{"entryScript": null}', 'i.json:1: entryScript: It is missing; a path is required.'],
  ['{"entryScript": 3}', 'i.json:1: entryScript: 3 was given; a path is required.'],
  ['{"entryScript": " "}', 'i.json:1: entryScript: " " was given; a path is required.'],
  [
    '{"entryScript": "score.r"}',
    'i.json:1: entryScript: "score.r" was given; the path of a Python file (.py) is required.',
  ],
  [
    '{"entryScript": "my-score.py"}',
    'i.json:1: entryScript: "my-score.py" was given; a file name that Python can import (letters, digits and "_", no digit first) is required.',
  ],
  [
    '{"entryScript": "import.py"}',
    'i.json:1: entryScript: "import.py" was given; a file name that Python can import is required, and "import" is a keyword.',
  ],
  [
    '{"entryScript": "../score.py",\n"sourceDirectory": "src"}',
    'i.json:1: entryScript: "../score.py" was given; a path inside sourceDirectory is required.',
  ],
  [
    '{"entryScript": "C:\\\\score.py",\n"sourceDirectory": "src"}',
    'i.json:1: entryScript: "C:/score.py" was given; a path inside sourceDirectory is required.',
  ],
  [
    '{"entryScript": "a.py",\n"sourceDirectory": []}',
    'i.json:2: sourceDirectory: A list was given; a path is required.',
  ],
  [
    '{"entryScript": "a.py",\n\n"enviroment": {}}',
    'i.json:3: enviroment: This key is not known; did you mean "environment"?',
  ],
  [
    '{"entryScript": "a.py",\n"entry_script": "a.py"}',
    'i.json:2: entry_script: This key is not known; did you mean "entryScript"?',
  ],
  [
    '{"entryScript": "a.py", "environment": "azureml:x"}',
    'i.json:1: environment: "azureml:x" was given; an object, or a text such as "azureml:NAME:VERSION", "azureml:NAME@latest" or "file:environment.yml", is allowed.',
  ],
  ['{"entryScript": "a.py", "environment": 7}', 'i.json:1: environment: 7 was given; an object is allowed.'],
  [
    '{"entryScript": "a.py",\n"environment": {},\n"condaFile": "a.yml"}',
    'i.json:3: condaFile: Both this key and environment were given; say it in environment.',
  ],
  [
    '{"entryScript": "a.py",\n"extraDockerfileSteps": "a",\n"extraDockerFileSteps": "b"}',
    'i.json:3: extraDockerFileSteps: Both spellings of this key were given; extraDockerfileSteps alone is allowed.',
  ],
  [
    '{"entryScript": "a.py", "runtime": "spark-py"}',
    'i.json:1: runtime: "spark-py" was given; "python", "python-slim" are allowed. Images with Spark are not built.',
  ],
  [
    '{"entryScript": "a.py", "enableGpu": "perhaps"}',
    'i.json:1: enableGpu: "perhaps" was given; true or false is allowed.',
  ],
  [
    '{"entryScript": "a.py", "baseImageRegistry": {"address": "a", "password": "p"}}',
    'i.json:1: baseImageRegistry: It lacks username; address, username and password are required together.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"docker":\n{"baseImage": "a",\n"baseDockerfile": "FROM a"}}}',
    'i.json:3: environment.docker.baseDockerfile: Both baseImage and baseDockerfile were given; one of them is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python":\n{"condaDependencies": {},\n"condaDependenciesFile": "a"}}}',
    'i.json:3: environment.python.condaDependenciesFile: Both condaDependencies and condaDependenciesFile were given; one of them is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"name": "AzureML-mine"}}',
    'i.json:1: environment.name: "AzureML-mine" was given; a name that does not begin with "Microsoft" or "AzureML" is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"condaDependencies": {"dependencies": [3]}}}}',
    'i.json:1: environment.python.condaDependencies.dependencies[0]: 3 was given; a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"environmentVariables": {"A B": ["x"]}}}',
    'i.json:1: environment.environmentVariables["A B"]: Something else was given; a text is allowed.',
  ],
]

const deployment: readonly Row[] = [
  ['{"computeType": "acs"}', 'i.json:1: computeType: "acs" was given for a managed endpoint; did you mean "aci"?'],
  [
    '{"computeType": "local"}',
    'i.json:1: computeType: "local" was given for a managed endpoint; "managed", and of v1 "ACI" and "AKS", are allowed.',
  ],
  ['{"instance_type": "a"}', 'i.json:1: instance_type: This key is not known; did you mean "instanceType"?'],
  ['{\n"instanceCount": 0}', 'i.json:2: instanceCount: 0 was given; a whole number of at least 1 is allowed.'],
  ['{"instanceCount": 1.5}', 'i.json:1: instanceCount: 1.5 was given; a whole number of at least 1 is allowed.'],
  ['{"authMode": "keys"}', 'i.json:1: authMode: "keys" was given; "key", "aml_token", "aad_token" are allowed.'],
  [
    '{"requestSettings": {"requestTimeoutMs": 180001}}',
    'i.json:1: requestSettings.requestTimeoutMs: 180001 was given; a whole number from 1 to 180000 is allowed.',
  ],
  [
    '{"requestSettings": {"timeout": 5}}',
    'i.json:1: requestSettings.timeout: This key is not known; known here are requestTimeoutMs, maxConcurrentRequestsPerInstance, maxQueueWaitMs.',
  ],
  [
    '{"livenessProbe": {"periodSeconds": "10"}}',
    'i.json:1: livenessProbe.periodSeconds: "10" was given; a whole number from 1 to 86400 is allowed.',
  ],
  [
    '{"numReplicas": 2,\n"autoScaler": {"autoscaleEnabled": true}}',
    'i.json:1: numReplicas: 2 was given while autoScaler.autoscaleEnabled is true; one of them is allowed.',
  ],
  [
    '{"autoScaler": {"autoscaleEnabled": "False"}}',
    'i.json:1: autoScaler.autoscaleEnabled: False was given without numReplicas; numReplicas is required then.',
  ],
  [
    '{"numReplicas": 2,\n"autoScaler": {"minReplicas": 1}}',
    'i.json:2: autoScaler: Autoscaling is off, but minReplicas was given; set autoscaleEnabled to true or leave them out.',
  ],
  [
    '{"autoScaler": {\n"minReplicas": 5,\n"maxReplicas": 4}}',
    'i.json:2: autoScaler.minReplicas: The least number of replicas, 5, is above the most, 4.',
  ],
  [
    '{"autoScaler": {"minReplicas": 11}}',
    'i.json:1: autoScaler.minReplicas: The least number of replicas, 11, is above the most, 10, which is the default.',
  ],
  [
    '{"authEnabled": true,\n"tokenAuthEnabled": true}',
    'i.json:2: tokenAuthEnabled: Both authEnabled and tokenAuthEnabled are true; one of them is allowed.',
  ],
  [
    '{"authMode": "key",\n"authEnabled": true}',
    'i.json:2: authEnabled: Both this key and authMode were given; authMode alone is enough.',
  ],
  [
    '{"tokenAuthEnabled": true,\n"keys": {"primaryKey": "geheim"}}',
    'i.json:2: keys: Keys were given, but the service takes tokens; leave them out, or set authMode to "key".',
  ],
  [
    '{"instanceCount": 1,\n"numReplicas": 1}',
    'i.json:2: numReplicas: Both this key and instanceCount were given, which mean the same; instanceCount alone is enough.',
  ],
  [
    '{"vnetName": "a"}',
    'i.json:1: vnetName: It was given without subnetName; vnetName, subnetName are required together.',
  ],
  [
    '{"keyName": "a"}',
    'i.json:1: keyName: It was given without vaultBaseUrl and keyVersion; vaultBaseUrl, keyName, keyVersion are required together.',
  ],
  [
    '{"computeType": "ACI", "sslEnabled": true, "cname": "a"}',
    'i.json:1: sslEnabled: True was given without sslCertificate and sslKey.',
  ],
  [
    '{"containerResourceRequirements": {"cpu": 0}}',
    'i.json:1: containerResourceRequirements.cpu: 0 was given; a number above 0 is allowed.',
  ],
]

const syntax: readonly Row[] = [
  ['{"a": 1,\n"a": 2}', 'i.json:2: a: This key is given twice.'],
  ['{"a": 1', 'i.json:1: A comma, colon, quote or bracket is missing or left over near here.'],
  ['{\n"a": "x"\n"b": "y"}', 'i.json:3: A comma, colon, quote or bracket is missing or left over near here.'],
  ['{"a": "x" "b": "y"}', 'i.json:1: A comma, colon, quote or bracket is missing or left over near here.'],
  ['{"a": 1}}', 'i.json:1: A comma, colon, quote or bracket is missing or left over near here.'],
  [
    '{"a": "C:\\q"}',
    'i.json:1: A text in double quotes holds a backslash sequence that does not exist; a backslash itself is \\\\.',
  ],
  ['{"a": yes please}', 'i.json:1: a: Text in JSON needs double quotes; a quote or a comma may be missing here.'],
  ['{"a":\n,"b": 2}', 'i.json:1: a: A value is missing here.'],
  ['{"a": 1}\n/* and so on', 'i.json:2: The comment that begins here is never closed with */.'],
  ['{"__proto__": {}}', 'i.json:1: __proto__: This key is not allowed.'],
  ['{"a": 1e999}', 'i.json:1: a: This number is too large, or is none.'],
  [
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    'i.json:1: More than 98 objects and lists lie within one another here.',
  ],
  ['x'.repeat(10 * 1_048_576), 'i.json:1: The file has 10.0 Mi characters; at most 1.0 Mi are read.'],
]

const requests: readonly Row[] = [
  ['', 'i.json:1: The file is empty.'],
  ['{"requests": {}}', 'i.json:1: requests: An object was given; a list of requests is allowed.'],
  ['{"requests": []}', 'i.json:1: requests: A list was given; a list with at least one request is required.'],
  ['{"requests": [\n{"nmae": "a"}]}', 'i.json:2: requests[0].nmae: This key is not known; did you mean "name"?'],
  [
    '{"requests": [{"method": "PUT"}]}',
    'i.json:1: requests[0].method: "PUT" was given; "POST", "GET", "OPTIONS" are allowed.',
  ],
  [
    '{"requests": [{"path": "//example.org"}]}',
    'i.json:1: requests[0].path: "//example.org" was given; a path such as "/score", with one slash in front, is allowed.',
  ],
  [
    '{"requests": [{"headers": {"Authorization": "geheim"}}]}',
    'i.json:1: requests[0].headers.Authorization: This key was given; a header other than authorization, azureml-model-deployment, host, content-length, transfer-encoding is allowed, for the sender sets these.',
  ],
  [
    '{"requests": [{"headers": {"x": "geheim\\r\\ny: z"}}]}',
    'i.json:1: requests[0].headers.x: Something else was given; a text of ASCII characters on one line is allowed.',
  ],
  [
    '{"requests": [{"body": {},\n"bodyFile": "a.json"}]}',
    'i.json:2: requests[0].bodyFile: Both body and bodyFile were given; one of them is allowed.',
  ],
  [
    '{"requests": [{"method": "get", "body": {}}]}',
    'i.json:1: requests[0].method: "GET" was given with a body; a body needs "POST".',
  ],
  [
    '{"requests": [{"name": "a"},\n{"name": "a"}]}',
    'i.json:2: requests[1].name: "a" is the name of requests[0] already; each name is allowed once.',
  ],
  [
    '{"requests": [{"expect": {"status": "ok"}}]}',
    'i.json:1: requests[0].expect.status: "ok" was given; a status from 100 to 599, or a list of them, is allowed.',
  ],
  [
    '{"requests": [{"expect": {"json": [{"path": "result", "equals": 1}]}}]}',
    'i.json:1: requests[0].expect.json[0].path: "result" was given; a path that begins with $, such as $.result[0], is allowed.',
  ],
  [
    '{"requests": [{"expect": {"json": [{"path": "$.a[*]", "equals": 1}]}}]}',
    `i.json:1: requests[0].expect.json[0].path: "$.a[*]" was given; at "[*]" one of .name, ['name'], [0], [-1] is allowed.`,
  ],
  [
    '{"requests": [{"expect": {"json": [{"path": "$",\n"matches": "("}]}}]}',
    'i.json:2: requests[0].expect.json[0].matches: "(" was given; a regular expression of at most 500 characters is allowed.',
  ],
  [
    '{"requests": [{"expect": {"json": [{"path": "$.a"}]}}]}',
    'i.json:1: requests[0].expect.json[0]: An object was given; exactly one of equals, matches, near is required for $.a, not none.',
  ],
  [
    '{"requests": [{"expect": {"json": [{"path": "$", "near": {"value": 1, "tolerance": -1}}]}}]}',
    'i.json:1: requests[0].expect.json[0].near.tolerance: -1 was given; a number of at least 0 is required.',
  ],
]

const tables = [
  { kind: 'inference configuration', parse: parseInferenceConfig, rows: [...inference, ...moreInference, ...syntax] },
  { kind: 'deployment configuration', parse: parseDeploymentConfig, rows: [...deployment, ...syntax] },
  { kind: 'request file', parse: parseRequests, rows: requests },
] as const

const others = [
  { kind: 'conda file', file: 'c.yml', parse: parseCondaFile, rows: condaFiles },
  { kind: 'YAML', file: 'i.yml', parse: parseInferenceConfig, rows: yamlSyntax },
] as const

for (const { kind, file, parse, rows } of [...tables.map((table) => ({ ...table, file: 'i.json' })), ...others])
  test(`each of ${rows.length} malformed kinds of ${kind} is refused with one line that names file, line and key`, (t) => {
    for (const [text, message] of rows) refused(t, { file, text, message, parse: () => parse({ file, text }) })
  })

test(`each of ${ofTargets.length} malformed kinds of deployment configuration is refused by the target it is for`, (t) => {
  const file = 'd.json'
  for (const [target, text, message] of ofTargets)
    refused(t, { file, text, message, parse: () => parseTargetDeployment({ file, text }, target) })
})

const parsersOfV2 = {
  deployment: (source: SourceFile) => parseTargetDeployment(source, undefined),
  endpoint: parseEndpointFile,
  model: parseModelFile,
  environment: (source: SourceFile) => parseEnvironmentFile(source, source.file),
} as const

test(`each of ${ofV2.length} malformed files of az ml v2 is refused in the words and at the lines of the file`, (t) => {
  const file = 'd.yml'
  for (const [kind, text, message] of ofV2)
    refused(t, { file, text, message, parse: () => parsersOfV2[kind]({ file, text }) })
})

test('there are at least 150 kinds of malformed files', (t) => {
  const all = [...tables, ...others, { rows: ofTargets }, { rows: ofV2 }].reduce(
    (sum, { rows }) => sum + rows.length,
    0,
  )
  t.true(all >= 150, String(all))
})

function refused(
  t: ExecutionContext,
  row: { readonly file: string; readonly text: string; readonly message: string; readonly parse: () => unknown },
): void {
  const { file, text, message, parse } = row
  const error = t.throws(parse, { instanceOf: InputError }, text.slice(0, 200))
  t.is(error?.message, message)
  t.deepEqual(error?.position, { file, line: Number(message.split(':')[1]) })
}

/** Files as people and machines break them: cut, doubled, with keys and values of every kind in any place. */
const brokenFiles = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.json({ maxDepth: 4 }),
  fc
    .tuple(
      fc.constantFrom(...tables.flatMap(({ rows }) => rows.map(([text]) => text)).filter((text) => text.length < 2000)),
      fc.nat(),
      fc.string({ maxLength: 4 }),
    )
    .map(([text, at, more]) => text.slice(0, at % (text.length + 1)) + more + text.slice(at % (text.length + 1))),
  fc
    .dictionary(
      fc.constantFrom(
        'entryScript',
        'environment',
        'docker',
        'python',
        'build',
        'computeType',
        'autoScaler',
        'requests',
        'endpoint_name',
        'settings',
        'auth_mode',
        'conda_file',
        'tags',
        '__proto__',
      ),
      fc.jsonValue({ maxDepth: 3 }),
    )
    .map((value) => JSON.stringify(value)),
)

test('whatever a file holds, it is read or refused with an error for its writer', (t) => {
  const parsers = [
    (file: string, text: string) => parseInferenceConfig({ file, text }, 'image'),
    (file: string, text: string) => parseInferenceConfig({ file, text }),
    (file: string, text: string) => parseCondaFile({ file, text }),
    (file: string, text: string) => parseRequests({ file, text }),
    ...Object.values(parsersOfV2).map((parse) => (file: string, text: string) => parse({ file, text })),
    ...targetNames.map((target) => (file: string, text: string) => parseTargetDeployment({ file, text }, target)),
  ]
  fc.assert(
    fc.property(brokenFiles, fc.constantFrom('f.json', 'f.yml'), (text, file) => {
      for (const parse of parsers)
        try {
          parse(file, text)
        } catch (error) {
          if (!(error instanceof InputError)) throw error
          t.not(error.message, '')
        }
    }),
    { numRuns: 300 },
  )
})
