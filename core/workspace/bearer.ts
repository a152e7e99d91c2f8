import { UserError } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import type { Workspace } from './workspace.ts'

/** What opens a service for scoring: its key, a token of its own, or a token of the user's; masked already. */
export async function bearerFor(workspace: Workspace, { name, authMode }: Endpoint): Promise<string> {
  switch (authMode) {
    case 'Key':
      return (await workspace.endpoints.keys(name)).primary
    case 'AMLToken':
      return (await workspace.endpoints.token(name)).token
    case 'AADToken':
      return entraToken(workspace, `to score on the endpoint "${name}"`)
  }
}

/** A token of the user's for Azure Machine Learning; masked already. `purpose` ends the error when there is none. */
export async function entraToken(workspace: Workspace, purpose: string): Promise<string> {
  const { host } = workspace.connection
  const { mlAudience, authorityHost, custom } = await workspace.connection.cloud()
  const credential = await host.credential({ authorityHost, custom })
  const answer = await credential.getToken(`${mlAudience}/.default`, { abortSignal: host.signal })
  if (!answer) throw new UserError(`No token for ${mlAudience} could be had ${purpose}.`)
  host.secret(answer.token)
  return answer.token
}
