import { z } from 'zod'
import { parseAnswer } from '../azure/answers.ts'
import type { Connection } from './connection.ts'

const sizes = z.looseObject({
  value: z.array(z.looseObject({ name: z.string(), vCPUs: z.number(), gpus: z.number().default(0) })).default([]),
})

/** How many virtual CPUs machines of a size have in a region; undefined for a size that is not offered there. */
export async function virtualCpusOf(
  connection: Connection,
  { size, location }: { readonly size: string; readonly location: string },
): Promise<number | undefined> {
  const client = await connection.client()
  const doing = `listing the machine sizes of ${location}`
  const provider = `/subscriptions/${encodeURIComponent(connection.address.subscriptionId)}/providers/Microsoft.MachineLearningServices`
  const { body } = await client.send({
    method: 'GET',
    path: `${provider}/locations/${encodeURIComponent(location)}/vmSizes`,
    doing,
  })
  return parseAnswer(sizes, body, doing).value.find(({ name }) => name.toLowerCase() === size.toLowerCase())?.vCPUs
}
