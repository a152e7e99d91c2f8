import { Hono } from 'hono'
import type { Bindings } from '../../http/bindings.ts'
import type { WorkspaceParts } from '../workspaceParts.ts'
import { clusterHost, managedClusterKind } from './managedClusterKinds.ts'

/** The credentials of a cluster: a kubeconfig that is well-formed and leads to a host that does not exist. */
export function managedClusterRoutes(parts: WorkspaceParts): Hono<Bindings> {
  const kind = managedClusterKind(parts)
  const routes = new Hono<Bindings>()
  for (const [operation, user] of [
    ['listClusterUserCredential', 'clusterUser'],
    ['listClusterAdminCredential', 'clusterAdmin'],
  ] as const)
    routes.post(`${kind.route}/:name/${operation}`, (c) => {
      const name = c.req.param('name')
      const record = parts.state.tracked.managedClusters.get(name)
      if (!record) throw kind.missing(name, '')
      const text = kubeconfig({ cluster: name, user, host: clusterHost(name, record.location) })
      return c.json({ kubeconfigs: [{ name: user, value: Buffer.from(text).toString('base64') }] })
    })
  return routes
}

function kubeconfig(options: { readonly cluster: string; readonly user: string; readonly host: string }): string {
  const { cluster, user, host } = options
  return `apiVersion: v1
kind: Config
clusters:
- name: ${cluster}
  cluster:
    server: https://${host}:443
contexts:
- name: ${cluster}
  context:
    cluster: ${cluster}
    user: ${user}_${cluster}
current-context: ${cluster}
users:
- name: ${user}_${cluster}
  user: {}
`
}
