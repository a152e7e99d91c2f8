import type { TargetName } from '../../../core/config/targetNames.ts'

/** What was written, and the one line that must be said about it. */
export type Row = readonly [text: string, message: string]

/** More of what is wrong in inference configurations. */
export const moreInference: readonly Row[] = [
  ['{"entryScript": "a.py", "sourceDirectory": " "}', 'i.json:1: sourceDirectory: " " was given; a path is required.'],
  [
    '{"entryScript": "dir/", "sourceDirectory": "src"}',
    'i.json:1: entryScript: "dir/" was given; the path of a Python file (.py) is required.',
  ],
  [
    '{"entryScript": "1score.py"}',
    'i.json:1: entryScript: "1score.py" was given; a file name that Python can import (letters, digits and "_", no digit first) is required.',
  ],
  [
    '{"entryScript": "a b.py"}',
    'i.json:1: entryScript: "a b.py" was given; a file name that Python can import (letters, digits and "_", no digit first) is required.',
  ],
  [
    '{"entryScript": ".py"}',
    'i.json:1: entryScript: ".py" was given; a file name that Python can import (letters, digits and "_", no digit first) is required.',
  ],
  [
    '{"entryScript": "class.py"}',
    'i.json:1: entryScript: "class.py" was given; a file name that Python can import is required, and "class" is a keyword.',
  ],
  [
    '{"entryScript": "sub/../../a.py",\n"sourceDirectory": "."}',
    'i.json:1: entryScript: "sub/../../a.py" was given; a path inside sourceDirectory is required.',
  ],
  [
    '{"entryScript": "/abs/score.py",\n"sourceDirectory": "src"}',
    'i.json:1: entryScript: "/abs/score.py" was given; a path inside sourceDirectory is required.',
  ],
  ['{"entryScript": "a.py", "description": 3}', 'i.json:1: description: 3 was given; a text is allowed.'],
  [
    '{"entryScript": "a.py", "runtime": "pyhton"}',
    'i.json:1: runtime: "pyhton" was given; "python", "python-slim" are allowed. Images with Spark are not built.',
  ],
  ['{"entryScript": "a.py", "runtime": 3}', 'i.json:1: runtime: 3 was given; a text is required.'],
  ['{"entryScript": "a.py", "condaFile": {}}', 'i.json:1: condaFile: An object was given; a path is required.'],
  ['{"entryScript": "a.py", "condaFile": ""}', 'i.json:1: condaFile: "" was given; a path is required.'],
  [
    '{"entryScript": "a.py", "conda_file": "c.yml"}',
    'i.json:1: conda_file: This key is not known; did you mean "condaFile"?',
  ],
  ['{"entryScript": "a.py", "enableGpu": 1}', 'i.json:1: enableGpu: 1 was given; true or false is allowed.'],
  [
    '{"entryScript": "a.py", "baseImage": ""}',
    'i.json:1: baseImage: "" was given; a text that is not empty is required.',
  ],
  ['{"entryScript": "a.py", "baseImage": ["x"]}', 'i.json:1: baseImage: A list was given; a text is required.'],
  [
    '{"entryScript": "a.py", "baseImageRegistry": "x.azurecr.io"}',
    'i.json:1: baseImageRegistry: Something else was given; an object is allowed.',
  ],
  [
    '{"entryScript": "a.py", "baseImageRegistry": {"address": "a"}}',
    'i.json:1: baseImageRegistry: It lacks username and password; address, username and password are required together.',
  ],
  [
    '{"entryScript": "a.py", "baseImageRegistry": {"adress": "a"}}',
    'i.json:1: baseImageRegistry.adress: This key is not known; did you mean "address"?',
  ],
  [
    '{"entryScript": "a.py", "baseImageRegistry": {"address": "a", "username": "u", "password": 7}}',
    'i.json:1: baseImageRegistry.password: Something else was given; a text is required.',
  ],
  [
    '{"entryScript": "a.py",\n"environment": {},\n"baseImage": "b"}',
    'i.json:3: baseImage: Both this key and environment were given; say it in environment.',
  ],
  [
    '{"entryScript": "a.py",\n"environment": {},\n"enableGpu": true}',
    'i.json:3: enableGpu: Both this key and environment were given; say it in environment.',
  ],
  [
    '{"entryScript": "a.py",\n"environment": {},\n"runtime": "python"}',
    'i.json:3: runtime: Both this key and environment were given; say it in environment.',
  ],
  [
    '{"entryScript": "a.py",\n"environment": {},\n"extraDockerfileSteps": "s"}',
    'i.json:3: extraDockerfileSteps: Both this key and environment were given; say it in environment.',
  ],
  [
    '{"entryScript": "a.py",\n"environment": "azureml:e:1",\n"condaFile": "c.yml"}',
    'i.json:3: condaFile: Both this key and environment were given; say it in environment.',
  ],
  [
    '{"entryScript": "a.py", "environment": "azureml:a b:1"}',
    'i.json:1: environment: "azureml:a b:1" was given; an object, or a text such as "azureml:NAME:VERSION", "azureml:NAME@latest" or "file:environment.yml", is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": "azureml://registries/r/models/m/versions/1"}',
    'i.json:1: environment: "azureml://registries/r/models/m/versions/1" was given; an object, or a text such as "azureml:NAME:VERSION", "azureml:NAME@latest" or "file:environment.yml", is allowed.',
  ],
  ['{"entryScript": "a.py", "environment": []}', 'i.json:1: environment: A list was given; an object is allowed.'],
  [
    '{"entryScript": "a.py", "environment": {"name": ""}}',
    'i.json:1: environment.name: "" was given; a text that is not empty is required.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"name": "Microsoft-x"}}',
    'i.json:1: environment.name: "Microsoft-x" was given; a name that does not begin with "Microsoft" or "AzureML" is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"version": []}}',
    'i.json:1: environment.version: A list was given; a text is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"environment_variables": {}}}',
    'i.json:1: environment.environment_variables: This key is not known; did you mean "environmentVariables"?',
  ],
  [
    '{"entryScript": "a.py", "environment": {"environmentVariables": []}}',
    'i.json:1: environment.environmentVariables: Something else was given; an object of texts is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"environmentVariables": {"A": null, "B": {}}}}',
    'i.json:1: environment.environmentVariables.B: Something else was given; a text is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"pyhton": {}}}',
    'i.json:1: environment.pyhton: This key is not known; did you mean "python"?',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": "3.11"}}',
    'i.json:1: environment.python: "3.11" was given; an object is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"userManagedDependencies": "maybe"}}}',
    'i.json:1: environment.python.userManagedDependencies: "maybe" was given; true or false is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"interpreterPath": ""}}}',
    'i.json:1: environment.python.interpreterPath: "" was given; a text that is not empty is required.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"condaDependencies": "c.yml"}}}',
    'i.json:1: environment.python.condaDependencies: "c.yml" was given; an object with the content of a conda file is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"condaDependencies": {"channels": "conda-forge"}}}}',
    'i.json:1: environment.python.condaDependencies.channels: "conda-forge" was given; a list of texts is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"condaDependencies": {"dependencies": "numpy"}}}}',
    'i.json:1: environment.python.condaDependencies.dependencies: "numpy" was given; a list of packages, each a text or an object with the key "pip", is required.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"condaDependencies": {"dependencies": [{"pip": "numpy"}]}}}}',
    'i.json:1: environment.python.condaDependencies.dependencies[0]: An object was given; a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python": {"condaDependencies": {"dependencies": [{"pipe": ["numpy"]}]}}}}',
    'i.json:1: environment.python.condaDependencies.dependencies[0]: An object was given; a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python":\n{"condaDependencies": {},\n"pipRequirementsFile": "r.txt"}}}',
    'i.json:3: environment.python.pipRequirementsFile: Both condaDependencies and pipRequirementsFile were given; one of them is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"python":\n{"condaDependenciesFile": "c.yml",\n"pipRequirementsFile": "r.txt"}}}',
    'i.json:3: environment.python.pipRequirementsFile: Both condaDependenciesFile and pipRequirementsFile were given; one of them is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"docker": {"gpuSupport": "perhaps"}}}',
    'i.json:1: environment.docker.gpuSupport: "perhaps" was given; true or false is allowed.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"docker": {"base_image": "x"}}}',
    'i.json:1: environment.docker.base_image: This key is not known; did you mean "baseImage"?',
  ],
  [
    '{"entryScript": "a.py", "environment": {"docker": {"baseDockerfile": 3}}}',
    'i.json:1: environment.docker.baseDockerfile: 3 was given; a text is required.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"docker": {"baseImageRegistry": {"address": "a", "username": "u"}}}}',
    'i.json:1: environment.docker.baseImageRegistry: It lacks password; address, username and password are required together.',
  ],
  [
    '{"entryScript": "a.py", "environment": {"inferencingStackVersion": 1}}',
    'i.json:1: environment.inferencingStackVersion: 1 was given; a text is required.',
  ],
  ['{"entryScript": "a.py", "build": "ca.pem"}', 'i.json:1: build: "ca.pem" was given; an object is allowed.'],
  [
    '{"entryScript": "a.py", "build": {"certificate": "ca.pem"}}',
    'i.json:1: build.certificate: This key is not known; did you mean "certificates"?',
  ],
  [
    '{"entryScript": "a.py", "build": {\n"keepCertificates": true}}',
    'i.json:2: build.keepCertificates: True was given without certificates.',
  ],
  [
    '{"entryScript": "a.py", "build": {"arguments": {"A": []}}}',
    'i.json:1: build.arguments.A: A list was given; a text is allowed.',
  ],
  [
    '{"entryScript": "a.py", "build": {"arguments": ["A=b"]}}',
    'i.json:1: build.arguments: A list was given; an object of texts is allowed.',
  ],
  ['{"entryScript": "a\\u0000.py"}', 'i.json:1: entryScript: "a\\u0000.py" was given; a path is required.'],
  ['{"entryScript": true}', 'i.json:1: entryScript: True was given; a path is required.'],
]

/** Of conda files, named `c.yml`. */
export const condaFiles: readonly Row[] = [
  ['- numpy', 'c.yml:1: A list was given; an object with the content of a conda file is allowed.'],
  [
    'dependencies: numpy',
    'c.yml:1: dependencies: "numpy" was given; a list of packages, each a text or an object with the key "pip", is required.',
  ],
  [
    'dependencies: [3]',
    'c.yml:1: dependencies[0]: 3 was given; a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed.',
  ],
  [
    'dependencies:\n- python\n- pip: numpy',
    'c.yml:3: dependencies[1]: An object was given; a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed.',
  ],
  ['channels: conda-forge', 'c.yml:1: channels: "conda-forge" was given; a list of texts is allowed.'],
  ['channels: [1]', 'c.yml:1: channels[0]: 1 was given; a text is allowed.'],
  [
    'dependencies:\n- {pip: [a], conda: b}',
    'c.yml:2: dependencies[0].conda: This key is not known; known here are pip.',
  ],
  [
    'dependencies:\n- [a]',
    'c.yml:2: dependencies[0]: A list was given; a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed.',
  ],
  ['dependencies: [a', 'c.yml:1: The indentation does not fit what stands above.'],
  ['name: 3', 'c.yml:1: name: 3 was given; a text is allowed.'],
]

/** Of YAML as such, in an inference configuration named `i.yml`. */
export const yamlSyntax: readonly Row[] = [
  ['a: b: c', 'i.yml:1: Two "key:" stand on one line; the second needs a line of its own, or quotes.'],
  ['\ta: 1', 'i.yml:1: Lines are indented with a tab; YAML takes blanks only.'],
  ['a: "x', 'i.yml:1: A closing quote, bracket, comma or colon is missing.'],
  ['? [a]\n: 1', 'i.yml:1: A key must be a text.'],
  ['a: *nowhere', 'i.yml:1: a: This alias (*name) has no anchor (&name) above it.'],
  [
    'a: &x [*x]',
    'i.yml:1: a[0][0][0][0][0][0][0][0][0][0][0]…: An alias (*name) lies within what it stands for, or too deep.',
  ],
  ['a: !mine x', 'i.yml:1: a: A tag (!name) is not known; write the value without it.'],
  ['a: 1\n---\nb: 2', 'i.yml:2: A second document begins here; the file may hold only one.'],
  ['- a\nb: 1', 'i.yml:2: Something stands here that does not fit; a bracket or quote may be missing or left over.'],
  ['a: 1\na: 2', 'i.yml:2: a: This key is given twice.'],
  ['a: @x', 'i.yml:1: A text begins with a character that needs quotes.'],
  ['a: |\n x\ny', 'i.yml:3: A closing quote, bracket, comma or colon is missing.'],
]

/** Of deployment configurations for one target, or for the one their computeType names; named `d.json`. */
export const ofTargets: readonly (readonly [target: TargetName | undefined, ...Row])[] = [
  ['local', '{"port": 0}', 'd.json:1: port: 0 was given; a whole number from 1 to 65535 is allowed.'],
  ['local', '{"port": 65536}', 'd.json:1: port: 65536 was given; a whole number from 1 to 65535 is allowed.'],
  ['local', '{"port": "8080"}', 'd.json:1: port: "8080" was given; a whole number from 1 to 65535 is allowed.'],
  ['local', '{"prot": 1}', 'd.json:1: prot: This key is not known; did you mean "port"?'],
  [undefined, '{"computeType": "lokal"}', 'd.json:1: computeType: "lokal" was given; did you mean "local"?'],
  [undefined, '{"computeType": 3}', 'd.json:1: computeType: 3 was given; a text is required.'],
  [
    undefined,
    '{"computeType": "functions"}',
    'd.json:1: computeType: "functions" was given; managed, local, aci, aks, aksendpoint, kubernetes, batch, iot are allowed.',
  ],
  [
    'aci',
    '{"containerResourceRequirements": {"memoryInGB": -1}}',
    'd.json:1: containerResourceRequirements.memoryInGB: -1 was given; a number above 0 is allowed.',
  ],
  [
    'aci',
    '{"containerResourceRequirements": {"memory": 1}}',
    'd.json:1: containerResourceRequirements.memory: This key is not known; known here are cpu, memoryInGB, cpuLimit, memoryInGBLimit, gpu, fpga, accelerators.',
  ],
  ['aci', '{"sslEnabled": true}', 'd.json:1: sslEnabled: True was given without sslCertificate and sslKey and cname.'],
  [
    'aci',
    '{"vnetName": "a"}',
    'd.json:1: vnetName: It was given without subnetName; vnetName, subnetName are required together.',
  ],
  [
    'aci',
    '{"vaultBaseUrl": "https://x"}',
    'd.json:1: vaultBaseUrl: It was given without keyName and keyVersion; vaultBaseUrl, keyName, keyVersion are required together.',
  ],
  [
    'aci',
    '{"restartPolicy": "sometimes"}',
    'd.json:1: restartPolicy: "sometimes" was given; "Always", "OnFailure", "Never" are allowed.',
  ],
  ['aks', '{"numReplicas": 0}', 'd.json:1: numReplicas: 0 was given; a whole number of at least 1 is allowed.'],
  [
    'aks',
    '{"autoScaler": {"targetUtilization": 101}}',
    'd.json:1: autoScaler.targetUtilization: 101 was given; a whole number from 1 to 100 is allowed.',
  ],
  [
    'aks',
    '{"trafficPercentile": 101}',
    'd.json:1: trafficPercentile: 101 was given; a number from 0 to 100 is allowed.',
  ],
  [
    'aks',
    '{"namespace": "A_B"}',
    'd.json:1: namespace: "A_B" was given; 1 to 63 lower-case letters, digits and "-", with a letter or digit at both ends, are allowed.',
  ],
  [
    'aks',
    '{"livenessProbeRequirements": {"periodSeconds": 0}}',
    'd.json:1: livenessProbeRequirements.periodSeconds: 0 was given; a whole number from 1 to 86400 is allowed.',
  ],
  [
    'aks',
    '{"autoScaler": {"minReplicas": 0}}',
    'd.json:1: autoScaler.minReplicas: 0 was given; a whole number of at least 1 is allowed.',
  ],
  [
    'aks',
    '{"containerResourceRequirements": {"accelerators": {"gpu": 1}}}',
    'd.json:1: containerResourceRequirements.accelerators.gpu: This key was given; the name of an extended resource, such as "amd.com/gpu", is allowed.',
  ],
  ['managed', '{"instanceType": ""}', 'd.json:1: instanceType: "" was given; a text that is not empty is required.'],
  [
    'managed',
    '{"egressPublicNetworkAccess": "off"}',
    'd.json:1: egressPublicNetworkAccess: "off" was given; "enabled", "disabled" are allowed.',
  ],
  [
    'managed',
    '{"environmentVariables": {"A": [1]}}',
    'd.json:1: environmentVariables.A: Something else was given; a text is allowed.',
  ],
  ['managed', '{"tags": "a=b"}', 'd.json:1: tags: "a=b" was given; an object of texts is allowed.'],
  [
    'managed',
    '{"readinessProbe": {"timeoutSeconds": 86401}}',
    'd.json:1: readinessProbe.timeoutSeconds: 86401 was given; a whole number from 1 to 86400 is allowed.',
  ],
  [
    'managed',
    '{"keys": {"primary": "x"}}',
    'd.json:1: keys.primary: This key is not known; did you mean "primaryKey"?',
  ],
  [
    'managed',
    '{"keys": {"primaryKey": ""}}',
    'd.json:1: keys.primaryKey: Something else was given; a text that is not empty is required.',
  ],
  ['managed', '{"description": 1}', 'd.json:1: description: 1 was given; a text is allowed.'],
]
