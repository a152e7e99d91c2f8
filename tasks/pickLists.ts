/** What a pick list is filled with, as an extension describes it to Azure DevOps (azure-devops.md 2). */
export interface DataSource {
  readonly endpointUrl: string
  readonly resultSelector: string
  readonly resultTemplate: string
  /** Inputs that the address needs. */
  readonly needs: readonly string[]
  /** The query parameter that leads to the next page, in `nextLink`. */
  readonly nextPage: '$skip' | '$skiptoken'
}

/** api-versions of the lists; all are stable ones, and old enough for every cloud. */
const versions = { subscriptions: '2022-12-01', resourceGroups: '2021-04-01', workspaces: '2024-04-01' } as const

/** The address of Azure Resource Manager; connections have it with a slash at its end. */
const resourceManager = '{{{endpoint.url}}}'

/** What is chosen, else what the connection was made for. */
const chosen = (input: string, ofConnection: string): string =>
  `{{#if ${input}}}{{{${input}}}}{{else}}{{{endpoint.${ofConnection}}}}{{/if}}`

const subscription = `${resourceManager}subscriptions/${chosen('subscriptionId', 'subscriptionId')}`
const provider = 'providers/Microsoft.MachineLearningServices'
const workspaces = `${subscription}/resourceGroups/${chosen('resourceGroup', 'resourceGroupName')}/${provider}/workspaces`
const workspace = `${workspaces}/${chosen('workspace', 'mlWorkspaceName')}`
const ofSubscription = ['subscriptionId']
const ofGroup = [...ofSubscription, 'resourceGroup']
const ofWorkspace = [...ofGroup, 'workspace']

/** The rest of the address from the second page on; an empty token would be refused. */
const more = (parameter: string): string => `{{#if skip}}&${parameter}={{{skip}}}{{/if}}`

const row = (value: string, shown: string): string => JSON.stringify({ Value: value, DisplayValue: shown })
const inWorkspace = (path: string): string => `${workspace}/${path}?api-version=${versions.workspaces}${more('$skip')}`
const name = row('{{{name}}}', '{{{name}}}')

/** Every list that a task or the artifact can be filled from. */
export const pickLists = {
  subscriptions: {
    endpointUrl: `${resourceManager}subscriptions?api-version=${versions.subscriptions}${more('$skiptoken')}`,
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: row('{{{subscriptionId}}}', '{{{displayName}}} ({{{subscriptionId}}})'),
    needs: [],
    nextPage: '$skiptoken',
  },
  resourceGroups: {
    endpointUrl: `${subscription}/resourceGroups?api-version=${versions.resourceGroups}${more('$skiptoken')}`,
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: name,
    needs: ofSubscription,
    nextPage: '$skiptoken',
  },
  workspaces: {
    endpointUrl: `${workspaces}?api-version=${versions.workspaces}${more('$skip')}`,
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: name,
    needs: ofGroup,
    nextPage: '$skip',
  },
  models: {
    endpointUrl: inWorkspace('models'),
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: row('{{{name}}}', '{{{name}}} (newest: {{{properties.latestVersion}}})'),
    needs: ofWorkspace,
    nextPage: '$skip',
  },
  newestVersions: {
    endpointUrl: inWorkspace('models'),
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: row('{{{name}}}:{{{properties.latestVersion}}}', '{{{name}}}:{{{properties.latestVersion}}}'),
    needs: ofWorkspace,
    nextPage: '$skip',
  },
  services: {
    endpointUrl: inWorkspace('onlineEndpoints'),
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: name,
    needs: ofWorkspace,
    nextPage: '$skip',
  },
  deployments: {
    endpointUrl: inWorkspace('onlineEndpoints/{{{service}}}/deployments'),
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: name,
    needs: [...ofWorkspace, 'service'],
    nextPage: '$skip',
  },
  datastores: {
    endpointUrl: inWorkspace('datastores'),
    resultSelector: 'jsonpath:$.value[*]',
    resultTemplate: name,
    needs: ofWorkspace,
    nextPage: '$skip',
  },
} as const satisfies Readonly<Record<string, DataSource>>

export type PickList = keyof typeof pickLists

/** How Azure DevOps follows a list from page to page: what the next address is made of, and whether there is one. */
export function paging(nextPage: DataSource['nextPage']) {
  return {
    initialContextTemplate: '{"skip": ""}',
    callbackContextTemplate: `{"skip": "{{#getTokenValue response.nextLink}}{{extractUrlQueryParameter ${encodeURIComponent(nextPage)}}}{{/getTokenValue}}"}`,
    callbackRequiredTemplate: '{{isTokenPresent response.nextLink}}',
  }
}
