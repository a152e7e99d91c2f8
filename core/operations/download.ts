import { z } from 'zod'
import { downloadFiles } from '../azure/download.ts'
import { filesAt } from '../azure/filesAt.ts'
import { InputError } from '../errors.ts'
import { checkedText, flag, path } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { locateModel } from '../workspace/modelLocation.ts'
import { parseModelUri } from '../workspace/modelUri.ts'
import { openDatastore } from '../workspace/openDatastore.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { chooseModel, modelReference, parseModelReference } from './modelChoice.ts'

export const download = defineOperation({
  name: 'download',
  title: 'Download a model',
  summary: 'Bring the files of a model version to a folder of this machine, each whole and checked or not at all.',
  inputs: {
    ...workspaceInputs,
    model: checkedText(modelReference, 'Model version: NAME:VERSION, or NAME for the newest.', 'MODEL'),
    folder: path('Folder to put the files in; made when it is not there.'),
    dryRun: flag('Print what would be downloaded and write nothing.'),
  },
  outputs: {
    modelName: z.string().describe('Name of the model.'),
    modelVersion: z.string().describe('The version that was downloaded.'),
    files: z.number().describe('How many files it has.'),
    bytes: z.number().describe('How many bytes it has.'),
    folder: z.string().describe('Where the files are.'),
  },
  async run({ host, workspace }, { model: wanted, folder, dryRun }) {
    const reference = parseModelReference(wanted)
    if (!reference) throw new InputError(`"${wanted}" is no model.`)
    const { name, version, uri } = await chooseModel({ workspace, reference })
    const location = await locateModel(workspace, parseModelUri(uri))
    const datastore = await workspace.datastores.get(location.datastore)
    if (!datastore)
      throw new InputError(`The datastore "${location.datastore}" of ${name}:${version} does not exist any more.`)
    const container = await openDatastore(workspace, datastore)
    const outputs = { modelName: name, modelVersion: version, folder }
    const source = { container, prefix: location.path, signal: host.signal }
    if (dryRun) {
      const found = await filesAt(source)
      const bytes = found.reduce((sum, { remote }) => sum + remote.size, 0)
      host.log.info(`Would download ${found.length} files, ${bytes} bytes, of ${name}:${version} to ${folder}.`)
      return { ...outputs, files: found.length, bytes }
    }
    const files = await host.group(`Download ${name}:${version}`, () =>
      downloadFiles({ ...source, folder, progress: (progress) => host.progress(progress) }),
    )
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    await host.summary(
      `Downloaded ${files.length} files (${(bytes / 2 ** 20).toFixed(1)} MiB) of **${name}** version **${version}**.`,
    )
    return { ...outputs, files: files.length, bytes }
  },
})
