import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { inspectPython } from '../../../core/runtime/python.ts'
import { python, testWith } from '../../requirements.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { exchange } from '../runtime/exchange.ts'
import { type BaseImage, baseImage } from './baseImage.ts'
import { BuiltImages, outputOf, served } from './builtImages.ts'
import { extraCertificates, packaged, serviceFolder } from './packageCommand.ts'

const testConda = testWith('docker with a package index and py-rattler')
const run = promisify(execFile)

const made = new BuiltImages()
let base: BaseImage | undefined
let product: WorkspaceUnderTest | undefined

testConda.after.always(async () => {
  await product?.close()
  await made.remove()
  await base?.remove()
})

/** What tells where its packages are from, besides scoring with one that is of conda. */
const script = `
import json, os, sys
from importlib import metadata
import joblib, numpy as np, toolz
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl"))

@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
def run(data):
    linked = sorted(name.rsplit("-", 2)[0] for name in os.listdir(sys.prefix + "/conda-meta") if name.endswith(".json"))
    return {"result": model.predict(data).tolist(), "toolz": metadata.version("toolz"), "linked": linked, "prefix": sys.prefix}
`

const train = `
import joblib, numpy
from sklearn.linear_model import Ridge
x = numpy.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0], [1.0, 3.0]])
joblib.dump(Ridge(alpha=1e-9).fit(x, x.sum(axis=1)), "/tmp/out/ridge.pkl")
`

testConda('a conda file is solved against its channels where the base image has no conda, and scored', async (t) => {
  t.timeout(900_000)
  product = await WorkspaceUnderTest.start()
  const channel = join(await product.folder(), 'channel')
  await run(python, [resolve('test/core/image/channel/make_channel.py'), channel], { timeout: 240_000 })
  base = await baseImage({ server: false, channel })
  const { version } = await inspectPython(python)
  const conda = (minor: string, ...packages: readonly string[]) =>
    [
      ...['name: project_environment', 'channels:', '  - file:///channel', '  - nodefaults', 'dependencies:'],
      ...[`python=${minor}`, ...packages].map((name) => `  - ${name}`),
      ...['  - pip:', '    - azureml-inference-server-http==1.5.1', '    - inference-schema[numpy-support]', ''],
    ].join('\n')
  const minor = version.split('.').slice(0, 2).join('.')
  const folder = await serviceFolder(product, {
    files: {
      'source/score.py': script,
      'conda.yml': conda(minor, 'scikit-learn=1.5', 'toolz<1', 'numpy >=1.26,<2'),
      'old.yml': conda('3.6.2', 'scikit-learn=0.20.0'),
    },
    configuration: {
      ...{ entryScript: 'score.py', sourceDirectory: 'source' },
      environment: { docker: { baseImage: base.name }, python: { condaDependenciesFile: 'conda.yml' } },
    },
  })
  const certificates = extraCertificates === undefined ? [] : ['--certificates', extraCertificates]
  const first = made.name()
  const { stderr } = await packaged(product, folder, first, certificates)
  t.regex(stderr, /The base image has no conda; py-rattler stands in for it/)
  t.regex(stderr, /azureml-cd: scikit-learn 1\.5\.2 /)
  for (const [name, bytes] of await outputOf(first, train)) await writeFile(join(folder, name), bytes)

  const image = made.name()
  await packaged(product, folder, image, ['--models', `ridge:1=${join(folder, 'ridge.pkl')}`, ...certificates])
  const url = await served(t, image)
  const headers = { 'content-type': 'application/json' }
  const { status, body } = await exchange(url, { headers, body: '{"data": [[1, 2], [3, 4]]}' })
  t.is(status, 200, body)
  const { result, ...about } = JSON.parse(body)
  t.deepEqual(
    result.map((value: number) => Math.round(value * 100) / 100),
    [3, 7],
  )
  t.deepEqual(about, {
    ...{ toolz: '0.12.1', prefix: '/azureml-envs/azureml-cd' },
    linked: ['joblib', 'numpy', 'python', 'scikit-learn', 'scipy', 'threadpoolctl', 'toolz'],
  })

  // What no channel has is told by its name.
  await writeFile(
    join(folder, 'inferenceconfig.json'),
    JSON.stringify({ entryScript: 'score.py', sourceDirectory: 'source', condaFile: 'old.yml', baseImage: base.name }),
  )
  const config = join(folder, 'inferenceconfig.json')
  const old = await product.cli(['package', '--inference-config', config, '--image', made.name(), ...certificates])
  t.is(old.code, 1)
  t.regex(old.stderr, /Warning: .*old\.yml:1: Python 3\.6 was given; the inference server of today needs 3\.9/)
  t.regex(old.stderr, /It last said: the packages of the conda file cannot be had from file:\/\/\/channel: .*python/)
})
