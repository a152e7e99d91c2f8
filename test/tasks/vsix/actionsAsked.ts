/** A request to Azure Resource Manager as a role names it: `Microsoft.…/workspaces/models/versions/write`. */
export function actionOf(request: string): string | undefined {
  const [, method = '', path = ''] = /^([A-Z]+) ([^ ?]+)/.exec(request) ?? []
  // Of what extends a resource of another provider, the last one counts.
  const [, provider, rest = ''] = /.*\/providers\/([\w.]+)\/(.*)$/.exec(path) ?? []
  // The progress of an operation is told to whoever was allowed to start it.
  if (provider === undefined || /^locations\/[^/]+\/\w*operation/i.test(rest)) return undefined
  const parts = rest.split('/')
  const types = parts.filter((_, index) => index % 2 === 0)
  // Of a POST the last part is what is to be done.
  if (method === 'POST') return `${provider}/${types.join('/')}/action`
  const verbs: Readonly<Record<string, string>> = { GET: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' }
  return `${provider}/${types.join('/')}/${verbs[method] ?? method}`
}
