import { artifactTask } from './manifest.ts'
import { type DataSource, paging } from './pickLists.ts'

/** A list of the artifact, filled through its service connection; templates see the artifact's own inputs. */
function list(target: string, source: Pick<DataSource, 'endpointUrl' | 'resultTemplate'>) {
  return { target, ...source, resultSelector: 'jsonpath:$.value[*]', ...paging('$skip') }
}

const version = 'api-version=2024-04-01'
const nextPage = '{{#if skip}}&$skip={{{skip}}}{{/if}}'
const name = JSON.stringify({ Value: '{{{name}}}', DisplayValue: '{{{name}}}' })

const partOfId = (type: string): string => `{{{ #extractResource workspace ${type}}}}`

/** Put together anew, because the id begins with the slash that the connection's address ends with. */
const chosenWorkspace = `{{{endpoint.url}}}subscriptions/${partOfId('subscriptions')}/resourceGroups/${partOfId('resourcegroups')}/providers/Microsoft.MachineLearningServices/workspaces/${partOfId('workspaces')}`

/** Newest first: Azure DevOps keeps this order for versions, and takes the first row for the latest one. */
const versions = {
  endpointUrl: `${chosenWorkspace}/models/{{{definition}}}/versions?${version}&listViewType=ActiveOnly&$orderBy=createdtime%20desc${nextPage}`,
  resultTemplate: name,
}

const versionTypes = {
  latestType: 'Latest',
  selectDuringReleaseCreationType: 'Specify at the time of release creation',
  specificVersionType: 'Specific version',
} as const

const chosen = {
  inputMode: 'Combo',
  isConfidential: false,
  hasDynamicValueInformation: true,
  validation: { isRequired: true, dataType: 'string', maxLength: 300 },
} as const

/**
 * A registered model as the artifact of a release (azure-devops.md 1). The model's name is its definition and the model's
 * version its version, so `Release.Artifacts.ALIAS.DefinitionName` and `.BuildNumber` say what they always said. The
 * workspace is its ARM id, because that is what tells two workspaces of one name apart.
 */
export const artifactType = {
  id: 'azureml-model-artifact',
  type: 'ms.vss-releaseartifact.release-artifact-type',
  targets: ['ms.vss-releaseartifact.artifact-types'],
  properties: {
    name: 'AzureMLRegisteredModel',
    displayName: 'Azure ML model',
    endpointTypeId: 'azurerm',
    uniqueSourceIdentifier: '{{connection}}:{{workspace}}:{{definition}}',
    // A build's artifact is downloaded by a task, and its details are asked for (artifactDetails below).
    artifactType: 'Build',
    downloadTaskId: artifactTask.id.production,
    inputDescriptors: [
      {
        ...chosen,
        id: 'connection',
        name: 'Azure connection',
        description: 'Service connection to Azure Resource Manager.',
        hasDynamicValueInformation: false,
        validation: { isRequired: true, dataType: 'guid' },
      },
      {
        ...chosen,
        id: 'workspace',
        name: 'Workspace',
        description: 'Azure Machine Learning workspace, by its ARM id.',
        dependencyInputIds: ['connection'],
      },
      {
        ...chosen,
        id: 'definition',
        name: 'Model',
        description: 'Name of the registered model.',
        dependencyInputIds: ['connection', 'workspace'],
      },
      {
        ...chosen,
        id: 'defaultVersionType',
        name: 'Default version',
        description: 'Which version a release takes that is not created for one.',
        hasDynamicValueInformation: false,
        values: {
          inputId: 'defaultVersionTypeValues',
          defaultValue: 'latestType',
          possibleValues: Object.entries(versionTypes).map(([value, displayValue]) => ({ value, displayValue })),
          isLimitedToPossibleValues: true,
        },
      },
      {
        ...chosen,
        id: 'defaultVersionSpecific',
        name: 'Version',
        description: 'The version of the model.',
        dependencyInputIds: ['connection', 'workspace', 'definition', 'defaultVersionType'],
        properties: { visibleRule: 'defaultVersionType == specificVersionType' },
      },
    ],
    dataSourceBindings: [
      list('workspace', {
        endpointUrl: `{{{endpoint.url}}}subscriptions/{{{endpoint.subscriptionId}}}/providers/Microsoft.MachineLearningServices/workspaces?${version}${nextPage}`,
        resultTemplate: JSON.stringify({
          Value: '{{{id}}}',
          DisplayValue: '{{{name}}} ({{{ #extractResource id resourcegroups}}})',
        }),
      }),
      list('definition', {
        endpointUrl: `${chosenWorkspace}/models?${version}${nextPage}`,
        resultTemplate: name,
      }),
      list('versions', versions),
      list('defaultVersionSpecific', versions),
      {
        target: 'latestversion',
        endpointUrl: `${versions.endpointUrl.slice(0, -nextPage.length)}&$top=1`,
        resultSelector: 'jsonpath:$.value[0]',
        resultTemplate: name,
      },
      {
        target: 'artifactDetails',
        resultTemplate: JSON.stringify({ Name: '{{{version}}}', downloadUrl: '{{{endpoint.url}}}' }),
      },
    ],
  },
} as const
