import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { dockerEngine } from '../../../core/runtime/dockerEngine.ts'
import { freePort } from '../../../core/runtime/freePort.ts'
import { inspectPython } from '../../../core/runtime/python.ts'
import { python, testWith } from '../../requirements.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { exchange } from '../runtime/exchange.ts'
import { type BaseImage, baseImage } from './baseImage.ts'
import { BuiltImages, outputOf, served } from './builtImages.ts'
import { extraCertificates, packaged, serviceFolder } from './packageCommand.ts'

const testPackages = testWith('docker with a package index and docker-registry')

let base: BaseImage | undefined
let product: WorkspaceUnderTest | undefined
const made = new BuiltImages()

testPackages.after.always(async () => {
  await product?.close()
  await made.remove()
  await base?.remove()
})

/** As the documentation of v1 has it: the old names of joblib and of the model, NumPy input and output. */
const numpyScript = `
import json
import numpy as np
from azureml.core.model import Model
from sklearn.externals import joblib
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

def init():
    global model
    model = joblib.load(Model.get_model_path("ridge"))

input_sample = np.array([[1.0, 2.0]])
output_sample = np.array([3.0])

@input_schema("data", NumpyParameterType(input_sample))
@output_schema(NumpyParameterType(output_sample))
def run(data):
    try:
        return model.predict(data).tolist()
    except Exception as e:
        return str(e)
`

/** As the documentation of v1 has it: a data frame in a dictionary, which Power BI sends; scored by ONNX Runtime. */
const pandasScript = `
import os
import onnxruntime
import pandas as pd
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType

def init():
    global session
    session = onnxruntime.InferenceSession(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.onnx"))

data_sample = pd.DataFrame([{"a": 1.0, "b": 2.0}])

@input_schema("data", PandasParameterType(data_sample))
@output_schema(StandardPythonParameterType({"result": [0.0]}))
def run(data):
    return {"result": session.run(None, {"x": data.to_numpy(dtype="float32")})[0].ravel().tolist()}
`

const train = `
import sys, joblib, numpy
from sklearn.linear_model import Ridge
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
x = numpy.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0], [1.0, 3.0]])
for factor in (1, 2):
    model = Ridge(alpha=1e-9).fit(x, x.sum(axis=1) * factor)
    joblib.dump(model, "/tmp/out/ridge%d.pkl" % factor)
open("/tmp/out/ridge.onnx", "wb").write(convert_sklearn(model, initial_types=[("x", FloatTensorType([None, 2]))]).SerializeToString())
`

interface Registry {
  /** With a slash at the end. */
  readonly address: string
  /** The digests of everything that was uploaded and is not a manifest, in the order it was. */
  uploads(): readonly string[]
}

/** Debian's own registry, for as long as a test. */
async function registry(t: ExecutionContext, folder: string): Promise<Registry> {
  const port = await freePort()
  await mkdir(join(folder, 'registry'))
  const config = join(folder, 'registry.yml')
  await writeFile(
    config,
    `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${join(folder, 'registry')}\nhttp:\n  addr: 127.0.0.1:${port}\n`,
  )
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill())
  const uploads: string[] = []
  // It writes a line for each request that it has answered.
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      const digest = /"PUT \/v2\/\S+\/blobs\/uploads\/\S*digest=(\S+?)(?:&\S*)? HTTP\/1\.1" 201/.exec(line)?.[1]
      if (digest !== undefined) uploads.push(decodeURIComponent(digest))
    })
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answers = await exchange(`http://127.0.0.1:${port}`, { method: 'GET', path: '/v2/' }).catch(() => undefined)
    if (answers?.status === 200) return { address: `127.0.0.1:${port}/`, uploads: () => [...uploads] }
    await pause(100)
  }
  throw new Error('docker-registry did not begin to answer.')
}

testPackages(
  'the documentation’s scripts of v1 are built from packages of an index, scored, pushed and pulled',
  async (t) => {
    t.timeout(420_000)
    base = await baseImage({ server: false })
    product = await WorkspaceUnderTest.start()
    const { version } = await inspectPython(python)
    const certificates = extraCertificates === undefined ? [] : ['--certificates', extraCertificates]
    const folder = await serviceFolder(product, {
      files: {
        'numpy/score.py': numpyScript,
        'pandas/score.py': pandasScript,
        'conda.yml': [
          'name: project_environment',
          'dependencies:',
          `  - python=${version.split('.').slice(0, 2).join('.')}`,
          '  - pip:',
          '    - azureml-inference-server-http==1.5.1',
          '    - inference-schema[numpy-support,pandas-support]',
          '    - scikit-learn==1.5.2',
          '    - skl2onnx==1.18.0',
          '    - onnx==1.17.0',
          '    - onnxruntime==1.20.1',
          '',
        ].join('\n'),
      },
      configuration: { entryScript: 'numpy/score.py', condaFile: 'conda.yml', baseImage: base.name },
    })
    const config = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value))
    const environment = { docker: { baseImage: base.name }, python: { condaDependenciesFile: 'conda.yml' } }
    await config('inferenceconfig.json', { entryScript: 'score.py', sourceDirectory: 'numpy', environment })

    const first = made.name()
    const started = performance.now()
    const { stderr } = await packaged(product, folder, first, certificates)
    const firstBuild = performance.now() - started
    t.regex(stderr, /Warning: .*numpy\/score\.py:5: scikit-learn has no sklearn\.externals\.joblib since 0\.23/)
    for (const [name, bytes] of await outputOf(first, train)) await writeFile(join(folder, name), bytes)

    const where = await registry(t, folder)
    const withModel = async (number: 1 | 2, tag: string) => {
      const begun = performance.now()
      const model = `ridge:${number}=${join(folder, `ridge${number}.pkl`)}`
      const { outputs } = await packaged(product ?? t.fail(), folder, tag, [
        '--models',
        model,
        '--push',
        ...certificates,
      ])
      return { milliseconds: performance.now() - begun, digest: String(outputs.imageDigest) }
    }
    const repository = made.name(where.address).replace(/:1$/, '')
    const one = await withModel(1, `${repository}:1`)
    const whole = where.uploads()
    const two = await withModel(2, `${repository}:2`)
    made.add(`${repository}:2`)
    t.regex(two.digest, /^sha256:[0-9a-f]{64}$/)
    t.not(one.digest, two.digest)
    t.true(two.milliseconds <= firstBuild / 5, `${two.milliseconds} ms of ${firstBuild} ms`)

    const engine = await dockerEngine()
    // Of the second image only the layer of its model is new, and what says which layers it has.
    const later = where.uploads().slice(whole.length)
    t.true(whole.length > 5, whole.join())
    t.is(new Set(later).size, 2, later.join())
    t.true(later.includes((await engine.getImage(`${repository}:2`).inspect()).Id))
    await engine.getImage(`${repository}:2`).remove({ force: true })
    const pulling = await engine.pull(`${repository}:2`)
    await new Promise<void>((resolve, reject) =>
      engine.modem.followProgress(pulling, (error: Error | null) => (error ? reject(error) : resolve())),
    )
    const url = await served(t, `${repository}:2`)
    const json = { 'content-type': 'application/json' }
    const scored = await exchange(url, { headers: json, body: '{"data": [[1, 2], [3, 4]]}' })
    t.is(scored.status, 200)
    t.deepEqual(
      JSON.parse(scored.body).map((value: number) => Math.round(value * 100) / 100),
      [6, 14],
    )
    t.is((await exchange(url, { headers: json, body: '{}' })).status, 400)
    t.true((await exchange(url, { method: 'GET', path: '/swagger.json' })).body.includes('numpy.ndarray'))

    await config('inferenceconfig.json', { entryScript: 'score.py', sourceDirectory: 'pandas', environment })
    const onnx = made.name()
    await packaged(product, folder, onnx, ['--models', `ridge:1=${join(folder, 'ridge.onnx')}`, ...certificates])
    const framed = await served(t, onnx)
    const answer = await exchange(framed, { headers: json, body: '{"data": [{"a": 1.0, "b": 2.0}]}' })
    t.is(answer.status, 200, answer.body)
    t.deepEqual(
      JSON.parse(answer.body).result.map((value: number) => Math.round(value * 100) / 100),
      [6],
    )
  },
)
