import test from 'ava'
import { parseInferenceConfig } from '../../../core/config/inferenceConfig.ts'

function parse(value: unknown) {
  return parseInferenceConfig({ file: 'inferenceconfig.json', text: JSON.stringify(value, null, 1) })
}

test('the form of 2020 is read with its whole environment', (t) => {
  const { config, warnings } = parse({
    $schema: 'https://example.org/inferenceconfig.schema.json',
    entryScript: 'score.py',
    sourceDirectory: '.\\src',
    environment: {
      name: 'diabetes',
      version: '3',
      environmentVariables: { WORKER_COUNT: 2, VERBOSE: true, MODEL: 'ridge' },
      python: {
        userManagedDependencies: false,
        condaDependencies: { channels: ['conda-forge'], dependencies: ['python=3.11', { pip: ['azureml-defaults'] }] },
      },
      docker: { baseImage: null, baseDockerfile: 'FROM ubuntu\nRUN true' },
      inferencingStackVersion: 'latest',
    },
  })
  t.deepEqual(config, {
    entryScript: 'score.py',
    sourceDirectory: './src',
    description: undefined,
    environment: {
      kind: 'inline',
      name: 'diabetes',
      version: '3',
      variables: { WORKER_COUNT: '2', VERBOSE: 'true', MODEL: 'ridge' },
      base: { kind: 'dockerfile-text', text: 'FROM ubuntu\nRUN true' },
      python: {
        kind: 'conda',
        content: { channels: ['conda-forge'], dependencies: ['python=3.11', { pip: ['azureml-defaults'] }] },
      },
      extraDockerfileSteps: undefined,
      inferencingStackVersion: 'latest',
    },
  })
  t.deepEqual(warnings, [])
})

test('the form of 2019 becomes an environment too', (t) => {
  const { config, warnings } = parse({
    entryScript: 'score.py',
    runtime: 'python',
    condaFile: 'env\\my.yml',
    extraDockerFileSteps: 'steps.txt',
    enableGpu: 'True',
    baseImage: 'registry.example.org/base:1',
    baseImageRegistry: { address: 'registry.example.org', username: 'u', password: 'geheim' },
  })
  t.deepEqual(config.environment, {
    kind: 'inline',
    name: undefined,
    version: undefined,
    variables: {},
    base: {
      kind: 'image',
      image: 'registry.example.org/base:1',
      registry: { address: 'registry.example.org', username: 'u', password: 'geheim' },
    },
    python: { kind: 'conda-file', path: 'env/my.yml' },
    extraDockerfileSteps: 'steps.txt',
    inferencingStackVersion: undefined,
    gpu: true,
  })
  t.deepEqual(
    warnings.map(({ position }) => position.line),
    [6, 8],
  )
  t.notRegex(JSON.stringify(warnings), /geheim/)
})

test('a registered environment is referred to by its name', (t) => {
  const refer = (environment: string) => parse({ entryScript: 'score.py', environment }).config.environment
  t.deepEqual(refer('azureml:diabetes:3'), { kind: 'registered', registry: undefined, name: 'diabetes', version: '3' })
  t.deepEqual(refer('azureml:diabetes@latest'), {
    kind: 'registered',
    registry: undefined,
    name: 'diabetes',
    version: undefined,
  })
  t.deepEqual(refer('azureml://registries/azureml/environments/minimal-py311-inference/versions/12'), {
    kind: 'registered',
    registry: 'azureml',
    name: 'minimal-py311-inference',
    version: '12',
  })
})

test('YAML is read like JSON, and a version keeps its last zero', (t) => {
  const text =
    'entryScript: score.py\nenvironment:\n  name: e\n  version: 1.10\n  docker:\n    baseDockerfile: docker/Dockerfile\n'
  const { environment } = parseInferenceConfig({ file: 'inferenceconfig.yml', text }).config
  t.like(environment, { kind: 'inline', version: '1.10', base: { kind: 'dockerfile-path', path: 'docker/Dockerfile' } })
})

test('an entry script alone is enough', (t) => {
  t.deepEqual(parse({ entryScript: 'score.py' }), {
    config: { entryScript: 'score.py', sourceDirectory: undefined, environment: undefined, description: undefined },
    warnings: [],
  })
})

test('keys without effect are named in one warning, and those that v1 tools always wrote are not', (t) => {
  const { warnings } = parse({
    entryScript: 'score.py',
    schemaFile: 'schema.json',
    environment: {
      python: { interpreterPath: 'python3', userManagedDependencies: 'true' },
      docker: { enabled: false, arguments: [], gpuSupport: true },
      spark: { repositories: [], packages: [], precachePackages: false },
    },
  })
  t.deepEqual(warnings, [
    {
      message:
        'A managed endpoint does not take these keys, so they change nothing: schemaFile, environment.python.interpreterPath, environment.docker.gpuSupport.',
      position: { file: 'inferenceconfig.json', line: 3 },
    },
  ])
})

test('packages without a server are warned about', (t) => {
  const { warnings } = parse({
    entryScript: 'score.py',
    environment: { python: { condaDependencies: { dependencies: ['python=3.11', { pip: ['scikit-learn'] }] } } },
  })
  t.regex(warnings[0]?.message ?? '', /azureml-inference-server-http/)
})

test('all faults of a file come in one error, rules across sound keys included', (t) => {
  const error = t.throws(() =>
    parse({
      entryscript: 'score.py',
      sourceDirectory: 3,
      extraDockerfileSteps: 'a',
      extraDockerFileSteps: 'b',
      environment: { docker: { baseImageRegistry: { address: 5, password: 'geheim' } } },
    }),
  )
  t.deepEqual(
    error?.message.split('\n').map((line) => line.split(': ').slice(0, 2).join(' ')),
    [
      'inferenceconfig.json:1 entryScript',
      'inferenceconfig.json:2 entryscript',
      'inferenceconfig.json:3 sourceDirectory',
      'inferenceconfig.json:5 extraDockerFileSteps',
      'inferenceconfig.json:9 environment.docker.baseImageRegistry.address',
    ],
  )
  t.notRegex(error?.message ?? '', /geheim/)
})
