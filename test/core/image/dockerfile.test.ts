import { execFile } from 'node:child_process'
import { chmod, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { buildContext, contextArchive, writeContext } from '../../../core/image/buildContext.ts'
import { dockerfile } from '../../../core/image/dockerfile.ts'
import { environmentLine, namedLastStage } from '../../../core/image/dockerfileSyntax.ts'
import { formatImageName, parseImageName, taggedImage } from '../../../core/image/imageName.ts'
import { python } from '../../requirements.ts'
import { folderWith, specIn } from './imageFolder.ts'

const run = promisify(execFile)
const never = new AbortController().signal
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const conda = { dependencies: ['python=3.11', { pip: ['azureml-defaults', 'scikit-learn==1.5.2'] }] }

test('the image of a conda environment with one model, whole', async (t) => {
  const { spec } = await specIn(t, {
    files: { 'models/diabetes/7/ridge.pkl': 'model', 'steps.txt': 'RUN true\r\nENV A=b' },
    environment: {
      environmentVariables: { GREETING: 'it\'s "$HOME" \\ ' },
      python: { condaDependencies: conda },
      docker: { baseImage: 'example.azurecr.io/base:1' },
    },
    models: [['diabetes', '7']],
  })
  t.is(
    dockerfile({ ...spec, extraSteps: 'RUN true\r\nENV A=b' }),
    `FROM example.azurecr.io/base:1 AS azureml-cd-base

FROM azureml-cd-base AS azureml-cd-packages
USER 0
COPY ["azureml-cd/environment/","/tmp/azureml-cd/"]
RUN ["sh","/tmp/azureml-cd/make_environment.sh","/azureml-envs/azureml-cd","conda"]

FROM azureml-cd-base
USER 0
COPY --from=azureml-cd-packages ["/azureml-envs/azureml-cd/","/azureml-envs/azureml-cd/"]
ENV PATH="/azureml-envs/azureml-cd/bin:$PATH"
ENV AZUREML_CONDA_ENVIRONMENT_PATH=/azureml-envs/azureml-cd CONDA_DEFAULT_ENV=/azureml-envs/azureml-cd
ENV LD_LIBRARY_PATH="/azureml-envs/azureml-cd/lib:$LD_LIBRARY_PATH"
ENV GREETING="it's \\"\\$HOME\\" \\\\ "
# The steps of the inference configuration.
RUN true
ENV A=b
USER 0
WORKDIR /var/azureml-app
COPY --chown=1000:1000 ["azureml-cd/source/","/var/azureml-app/"]
COPY ["azureml-cd/models/diabetes/7/","/var/azureml-app/azureml-models/diabetes/7/"]
ENV AZUREML_MODEL_DIR="/var/azureml-app/azureml-models/diabetes/7"
ENV AML_APP_ROOT="/var/azureml-app" AZUREML_ENTRY_SCRIPT="score.py" HOME="/tmp" PYTHONUNBUFFERED="1"
EXPOSE 5001
USER 1000:1000
CMD ["/azureml-envs/azureml-cd/bin/azmlinfsrv","--entry_script","/var/azureml-app/score.py","--port","5001"]
`,
  )
})

test('several models are found below the folder of all, no model leaves the variable out', async (t) => {
  const files = { 'models/a/1/x': '1', 'models/b/2/y/z': '2' }
  const two = await specIn(t, {
    files,
    models: [
      ['a', '1'],
      ['b', '2'],
    ],
  })
  t.regex(dockerfile(two.spec), /^ENV AZUREML_MODEL_DIR="\/var\/azureml-app\/azureml-models"$/m)
  t.notRegex(dockerfile((await specIn(t)).spec), /AZUREML_MODEL_DIR/)
})

test('what a base image brings itself is used as it is, with its own interpreter', async (t) => {
  const { spec } = await specIn(t, {
    environment: {
      python: { userManagedDependencies: true, interpreterPath: '/opt/py/bin/python' },
      docker: { baseImage: 'mine' },
    },
  })
  const text = dockerfile(spec)
  t.notRegex(text, /make_environment|azureml-envs/)
  t.regex(text, /^RUN \["\/opt\/py\/bin\/python","-c","import azureml_inference_server_http"\]$/m)
  t.regex(
    text,
    /^CMD \["\/opt\/py\/bin\/python","-c","from azureml_inference_server_http\.amlserver import run; run\(\)",/m,
  )
})

test('a base Dockerfile is built on, whatever its last stage is called', async (t) => {
  t.deepEqual(namedLastStage('FROM a AS x\nRUN true\nFROM b\nRUN false\n'), {
    text: 'FROM a AS x\nRUN true\nFROM b AS azureml-cd-base\nRUN false',
    stage: 'azureml-cd-base',
  })
  t.is(namedLastStage('from a as mine').stage, 'mine')
  const { spec } = await specIn(t, { environment: { docker: { baseDockerfile: 'FROM ubuntu\nRUN true' } } })
  t.regex(
    dockerfile(spec),
    /^FROM ubuntu AS azureml-cd-base\nRUN true\n\nFROM azureml-cd-base AS azureml-cd-packages\n/,
  )
  t.throws(() => namedLastStage('RUN true'), { message: 'The base Dockerfile has no FROM instruction.' })
})

test('a GPU is served by the image of Microsoft that has CUDA', async (t) => {
  const { spec } = await specIn(t, { environment: { docker: { gpuSupport: true } } })
  t.regex(dockerfile(spec), /^FROM mcr\.microsoft\.com\/azureml\/minimal-ubuntu22\.04-py39-cuda11\.8-gpu-inference AS /)
})

test('certificates and build arguments are in the stage of packages, and in the image only when that is asked for', async (t) => {
  const options = { certificates: pem, buildArguments: ['PIP_INDEX_URL', 'HTTPS_PROXY'] }
  const { spec } = await specIn(t, options)
  const [, packages = '', last = ''] = dockerfile(spec)
    .split(/^FROM /m)
    .slice(1)
  t.regex(packages, /^ARG PIP_INDEX_URL$/m)
  t.notRegex(packages, /HTTPS_PROXY/)
  t.notRegex(last, /ARG|certificates/)
  const { files } = await buildContext(spec, never)
  t.true(files.some(({ path }) => path === 'azureml-cd/environment/extra-ca.pem'))
  const kept = await specIn(t, { ...options, keepCertificates: true })
  t.regex(
    dockerfile(kept.spec),
    /COPY \["azureml-cd\/certificates\.pem","\/usr\/local\/share\/ca-certificates\/azureml-cd\.crt"\]/,
  )
})

test('equal files make an equal context, whenever and wherever; any other file makes another', async (t) => {
  const files = { 'models/m/1/w.bin': 'weights' }
  const models = [['m', '1']] as const
  const one = await specIn(t, { files, models })
  const other = await specIn(t, { files, models })
  await utimes(join(other.folder, 'source/score.py'), 1, 1)
  await chmod(join(other.folder, 'source/score.py'), 0o600)
  const contexts = await Promise.all([one, other].map(({ spec }) => buildContext(spec, never)))
  t.is(contexts[0]?.digest, contexts[1]?.digest)
  const archives = await Promise.all(contexts.map((context) => buffer(contextArchive(context))))
  t.deepEqual(archives[0], archives[1])
  for (const changed of [
    { files: { 'models/m/1/w.bin': 'Weights' }, models },
    { files: { ...files, 'source/more.py': '' }, models },
    { files: { 'models/m/2/w.bin': 'weights' }, models: [['m', '2']] as const },
    { files, models, environment: { environmentVariables: { A: 'b' } } },
    { files, models, certificates: pem },
  ])
    t.not((await buildContext((await specIn(t, changed)).spec, never)).digest, contexts[0]?.digest)
})

test('the archive is what tar reads, and what is written to a folder', async (t) => {
  const long = `source/${'deep/'.repeat(30)}${'x'.repeat(120)}.txt`
  const { spec } = await specIn(t, { files: { [long]: 'far', 'source/ümlaut.txt': 'ü' } })
  const context = await buildContext(spec, never)
  const folder = join(await folderWith(t, { 'extracted/here': '' }), 'extracted')
  const child = run('tar', ['-x', '-C', folder])
  contextArchive(context).pipe(child.child.stdin ?? process.stdout)
  await child
  t.is(await readFile(join(folder, 'azureml-cd', long), 'utf8'), 'far')
  const written = join(folder, 'written')
  await writeContext(context, written)
  for (const { path } of context.files)
    t.deepEqual(await readFile(join(written, path)), await readFile(join(folder, path)), path)
  await t.throwsAsync(writeContext(context, written), {
    message: /is not empty; a build context must be the only thing/,
  })
})

test('what no image can be built from is refused before anything is built', async (t) => {
  const refused = async (options: Parameters<typeof specIn>[1], message: string | RegExp) => {
    await t.throwsAsync(
      async () => {
        const { spec } = await specIn(t, options)
        await buildContext(spec, never)
      },
      { name: 'InputError', message },
    )
  }
  await refused({ environment: 'azureml:mine:1' }, /^The environment "mine" is registered in Azure ML/)
  await refused({ environment: { docker: { baseImage: 'a\nRUN b' } } }, /is no name of a base image\.$/)
  await refused({ environment: { environmentVariables: { 'A B': 'c' } } }, /"A B" cannot be set in an image/)
  await refused({ environment: { environmentVariables: { A: 'b\nc' } } }, /"A" has a line break in its value/)
  await refused({ files: { 'source/azureml-models/x': '' } }, /^The source directory has a folder "azureml-models"/)
  await refused({ certificates: 'nothing' }, /^The file of certificates holds none in PEM/)
  await refused({ certificates: `${pem}-----BEGIN PRIVATE KEY-----` }, /holds a private key/)
  await refused(
    { files: { 'r.txt': 'numpy\n-r more.txt\n' }, environment: { python: { pipRequirementsFile: 'r.txt' } } },
    'r.txt:2: "-r more.txt" points to a file of this machine; requirements of packages are allowed.',
  )
  await refused(
    { files: { 'c.yml': 'dependencies:\n- 3\n' }, environment: { python: { condaDependenciesFile: 'c.yml' } } },
    'c.yml:2: dependencies[0]: 3 was given; a text such as "numpy=1.26", or an object with the key "pip" and a list of texts, is allowed.',
  )
})

test('what is old in a conda file and in a script is told before a build starts', async (t) => {
  const script =
    'from azureml.core.model import Model\nfrom sklearn.externals import joblib\ndef init(): pass\ndef run(d): pass\n'
  const { notes, spec } = await specIn(t, {
    files: { 'source/score.py': script },
    environment: {
      python: {
        condaDependencies: { dependencies: ['python=3.6.2', { pip: ['azureml-sdk', 'scikit-learn==0.20.3'] }] },
      },
    },
  })
  t.deepEqual(
    notes.map((note) => note.split(/[,;]/)[0]),
    [
      'Python 3.6 was given',
      'azureml-core was given',
      'azureml-core is out of support',
      'scikit-learn has no sklearn.externals.joblib since 0.23',
    ],
  )
  t.true(spec.v1Names)
  t.false((await specIn(t)).spec.v1Names)
  const importing = async (line: string) =>
    (await specIn(t, { files: { 'source/score.py': `${line}\n` } })).spec.v1Names
  t.true(await importing('from azureml.core import Model  # the folder'))
  t.false(await importing('from azureml.core import Workspace, Model'))
})

test('names of 2019 answer in the Python of an image as they did', async (t) => {
  const folder = await folderWith(t, {
    'azureml-models/m/9/model.pkl': '',
    'azureml-models/m/10/model.pkl': '',
    'azureml-models/n/1/folder/inner': '',
  })
  const shim = await readFile('core/image/azureml_cd_v1_names.py', 'utf8')
  const script = `${shim}
import types
joblib = types.ModuleType("joblib"); joblib.load = lambda path: ("loaded", path)
sklearn = types.ModuleType("sklearn"); sklearn.__path__ = []
externals = types.ModuleType("sklearn.externals"); externals.__path__ = []
sys.modules.update({"joblib": joblib, "sklearn": sklearn, "sklearn.externals": externals})
from azureml.core.model import Model as Core
from azureml.core import Model as Direct
assert Direct is Core
from sklearn.externals import joblib as old
print(Core.get_model_path("m"), Core.get_model_path("m", 9), Core.get_model_path(model_name="n"), old.load("x")[0])
try:
    Core.get_model_path("other")
except Exception as error:
    print(type(error).__name__)
`
  const { stdout } = await run(python, ['-c', script], { cwd: folder, env: { PATH: process.env.PATH } })
  t.is(
    stdout,
    'azureml-models/m/10/model.pkl azureml-models/m/9/model.pkl azureml-models/n/1/folder loaded\nModelNotFoundException\n',
  )
  const elsewhere = { PATH: process.env.PATH, AZUREML_MODEL_DIR: join(folder, 'azureml-models/m/9') }
  t.regex((await run(python, ['-c', script], { cwd: '/', env: elsewhere })).stdout, /azureml-models\/m\/10\/model\.pkl/)
})

test('a variable is one instruction, whatever is in its value', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      if (/[\n\r\0]/.test(value)) return
      const line = environmentLine('A', value)
      const inside = /^ENV A="((?:[^\\"$]|\\[\\"$])*)"$/.exec(line)?.[1]
      t.is(inside?.replaceAll(/\\([\\"$])/g, '$1'), value)
    }),
  )
})

test('names of images are read as Docker reads them', (t) => {
  t.deepEqual(parseImageName('localhost:5000/team/diabetes:1.2'), {
    registry: 'localhost:5000',
    repository: 'team/diabetes',
    tag: '1.2',
  })
  t.deepEqual(parseImageName('team/diabetes'), { registry: undefined, repository: 'team/diabetes', tag: undefined })
  for (const name of ['', 'Diabetes', 'a:', 'a b', 'a:b/c', 'x.io/', '-a', 'a/-b', `a:${'t'.repeat(129)}`])
    t.is(parseImageName(name), undefined, name)
  t.is(taggedImage('x.azurecr.io/d', 'abcdef0123456789ff'), 'x.azurecr.io/d:abcdef0123456789')
  t.is(taggedImage('d:2', 'abc'), 'd:2')
  t.is(formatImageName({ registry: 'r.io', repository: 'a/b', tag: undefined }), 'r.io/a/b')
})
