import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { python, testWith, v1Python } from '../../requirements.ts'
import { folderWith } from './imageFolder.ts'

const run = promisify(execFile)

/** What scripts of v1 ask for their models, and what they are told or refused with. */
const questions = `
from azureml.core.model import Model
from azureml.core import Model as Direct
for ask in (
    lambda: Model.get_model_path("ridge"),
    lambda: Model.get_model_path("ridge", version=9),
    lambda: Model.get_model_path(model_name="tree"),
    lambda: Direct.get_model_path("ridge", 10),
    lambda: Model.get_model_path("beside.pkl"),
    lambda: Model.get_model_path("nowhere"),
    lambda: Model.get_model_path("ridge", version=3),
    lambda: Model.get_model_path("two"),
):
    try:
        print(ask())
    except Exception as error:
        print(type(error).__name__)
`

testWith('azureml-core')('what stands in for azureml-core finds models as azureml-core itself does', async (t) => {
  const folder = await folderWith(t, {
    'azureml-models/ridge/9/model.pkl': '',
    'azureml-models/ridge/10/model.pkl': '',
    'azureml-models/tree/1/folder/inner': '',
    'azureml-models/two/1/a': '',
    'azureml-models/two/1/b': '',
    'beside.pkl': '',
  })
  const shim = await readFile('core/image/azureml_cd_v1_names.py', 'utf8')
  for (const directory of ['azureml-models', 'azureml-models/ridge/10']) {
    const options = {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, AZUREML_MODEL_DIR: join(folder, directory) },
    }
    const own = await run(v1Python, ['-c', questions], options)
    const standIn = await run(python, ['-c', `${shim}\n${questions}`], options)
    const lines = own.stdout.trim().split('\n').slice(-8)
    t.is(lines.length, 8)
    t.regex(lines[0] ?? '', /azureml-models\/ridge\/10\/model\.pkl$/)
    // A path may be told from the working folder or whole.
    const whole = (line: string) => line.replace(`${folder}/`, '')
    t.deepEqual(standIn.stdout.trim().split('\n').map(whole), lines.map(whole), directory)
  }
})
