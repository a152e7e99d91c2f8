const studios: Readonly<Record<string, string>> = {
  public: 'https://ml.azure.com',
  usgovernment: 'https://ml.azure.us',
  china: 'https://studio.ml.azure.cn',
}

/** Where a person looks at a workspace, at one of its services or at a job; undefined in clouds that have no studio. */
export function studioLink(place: {
  readonly cloud: string | undefined
  readonly subscriptionId: string | undefined
  readonly resourceGroup: string | undefined
  readonly workspace: string | undefined
  readonly service?: string | undefined
  readonly job?: string | undefined
}): string | undefined {
  const { cloud = 'public', subscriptionId, resourceGroup, workspace, service, job } = place
  const studio = studios[cloud]
  if (!studio || !subscriptionId || !resourceGroup || !workspace) return undefined
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`
  const page =
    job !== undefined
      ? `/runs/${encodeURIComponent(job)}`
      : service === undefined
        ? '/home'
        : `/endpoints/realtime/${encodeURIComponent(service)}/detail`
  return `${studio}${page}?wsid=${encodeURI(id)}`
}
