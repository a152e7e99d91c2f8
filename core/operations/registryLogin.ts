import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { AzureError } from '../azure/armError.ts'
import { timeLimit } from '../azure/timeLimit.ts'
import type { ImageRegistry } from '../config/imageEnvironment.ts'
import { parseImageName } from '../image/imageName.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** Whom a registry of Azure takes for whoever the token names. */
const tokenUser = '00000000-0000-0000-0000-000000000000'

const exchanged = z.looseObject({ refresh_token: z.string().min(1) })

/**
 * Who pushes to the registry of an image: the user who is given; for a registry of Azure, who is signed in; elsewhere
 * nobody, which open registries accept.
 */
export async function registryLogin(
  workspace: Workspace,
  image: string,
  given: { readonly registryUsername: string | undefined; readonly registryPassword: string | undefined },
): Promise<ImageRegistry | undefined> {
  const address = parseImageName(image)?.registry
  if (address === undefined) return undefined
  const { registryUsername: username, registryPassword: password } = given
  if (username !== undefined && password !== undefined) return { address, username, password }
  if (!/\.azurecr\.(io|us|cn)$/i.test(address)) return undefined
  const { connection } = workspace
  const doing = `signing in to the registry ${address}`
  const { audience } = await connection.cloud()
  const token = await (await connection.credential()).getToken(audience)
  const body = new URLSearchParams({ grant_type: 'access_token', service: address, access_token: token?.token ?? '' })
  const request = createPipelineRequest({
    url: `https://${address}/oauth2/exchange?api-version=2021-07-01`,
    method: 'POST',
    headers: createHttpHeaders({ 'content-type': 'application/x-www-form-urlencoded' }),
    body: body.toString(),
    abortSignal: timeLimit(60_000, connection.host.signal),
  })
  const http = connection.httpClient ?? createDefaultHttpClient()
  const response = await http.sendRequest(request).catch((failure: unknown) => {
    connection.host.signal.throwIfAborted()
    throw AzureError.fromFailure(doing, failure)
  })
  if (response.status >= 400) throw AzureError.fromAnswer(doing, response)
  const { refresh_token: refreshToken } = parseAnswer(exchanged, JSON.parse(response.bodyAsText ?? '{}'), doing)
  connection.host.secret(refreshToken)
  return { address, username: tokenUser, password: refreshToken }
}
