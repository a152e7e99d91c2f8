/** The route of a resource type of another provider in the workspace's resource group. */
export function neighbourRoute(provider: string, type: string): string {
  return `/subscriptions/:subscription/resourceGroups/:group/providers/${provider}/${type}`
}
