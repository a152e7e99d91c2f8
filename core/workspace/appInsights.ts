import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import { UserError } from '../errors.ts'
import type { Workspace } from './workspace.ts'

const component = z.looseObject({ properties: z.looseObject({ InstrumentationKey: z.string() }) })

/** What services send to the workspace's Application Insights with; masked already. */
export async function appInsightsKeyOf(workspace: Workspace): Promise<string> {
  const { applicationInsights: id } = await workspace.properties()
  if (!id)
    throw new UserError(`The workspace "${workspace.address.workspace}" has no Application Insights.`, {
      hint: 'Set appInsightsEnabled to false, or give the workspace one.',
    })
  const client = await workspace.connection.client()
  const doing = 'reading the Application Insights of the workspace'
  const { body } = await client.send({ method: 'GET', path: id, query: { 'api-version': '2020-02-02' }, doing })
  const { InstrumentationKey: key } = parseAnswer(component, body, doing).properties
  workspace.connection.host.secret(key)
  return key
}
