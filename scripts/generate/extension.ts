import { version } from '../../core/index.ts'
import { loadAll } from '../../core/operations/index.ts'
import { artifactType } from '../../tasks/artifactType.ts'
import { taskName } from './taskManifests.ts'

const operations = await loadAll()

/** `vss-extension.json`: what the extension brings to an organisation. */
export function extensionManifest(): string {
  const tasks = [...operations.map(({ name }) => name), 'downloadArtifact']
  return `${JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/vss-extension.json',
      manifestVersion: 1,
      id: 'azureml-cd',
      publisher: 'azureml-cd',
      version,
      name: 'Continuous deployment for Azure Machine Learning',
      description:
        'Register models, roll new versions out step by step, test them with real requests, and take them back when they fail. No Python and no az on the agent.',
      public: true,
      categories: ['Azure Pipelines'],
      tags: ['Azure Machine Learning', 'machine learning', 'MLOps', 'deployment', 'model', 'release'],
      targets: [{ id: 'Microsoft.VisualStudio.Services' }],
      demands: ['contribution/ms.vss-releaseartifact.artifact-types'],
      scopes: [],
      galleryFlags: ['Public', 'Preview'],
      icons: { default: 'logo.png' },
      content: { details: { path: 'overview.md' }, license: { path: 'LICENSE.txt' } },
      files: [
        { path: 'tasks' },
        { path: 'pictures', addressable: true },
        { path: 'ThirdPartyNotices.txt' },
        { path: 'CHANGELOG.md' },
      ],
      contributions: [
        artifactType,
        ...tasks.map((operation) => ({
          id: `${operation.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-task`,
          type: 'ms.vss-distributed-task.task',
          targets: ['ms.vss-distributed-task.tasks'],
          properties: { name: `tasks/${taskName(operation)}` },
        })),
      ],
    },
    undefined,
    2,
  )}\n`
}
