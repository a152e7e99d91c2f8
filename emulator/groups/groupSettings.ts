import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Bag } from '../state/records.ts'

const variable = z.looseObject({
  name: z.string(),
  value: z.string().nullish(),
  secureValue: z.string().nullish(),
})
const container = z.looseObject({
  name: z.string().min(1),
  properties: z.looseObject({
    image: z.string().min(1),
    command: z.array(z.string()).nullish(),
    resources: z.looseObject({ requests: z.looseObject({ cpu: z.number(), memoryInGB: z.number() }) }),
    environmentVariables: z.array(variable).nullish(),
    volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).nullish(),
  }),
})

/** A container group as clients give it, as far as it is understood here. */
export const groupSettings = z.looseObject({
  containers: z.array(container).min(1),
  osType: z.enum(['Linux', 'Windows']),
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).nullish(),
  ipAddress: z
    .looseObject({
      dnsNameLabel: z.string().nullish(),
      ports: z.array(z.looseObject({ port: z.number().int().min(1).max(65_535) })).nullish(),
    })
    .nullish(),
  imageRegistryCredentials: z
    .array(z.looseObject({ server: z.string(), username: z.string().nullish(), password: z.string().nullish() }))
    .nullish(),
  /** Of secret volumes: files by their names, in base64. */
  volumes: z.array(z.looseObject({ name: z.string(), secret: z.record(z.string(), z.string()).nullish() })).nullish(),
})
export type GroupSettings = z.output<typeof groupSettings>
export type GroupContainer = GroupSettings['containers'][number]

/**
 * The address of this machine that a running group has to itself, so that it can have the ports it asks for. The same
 * for the same name in the network.
 */
export function groupAddress(workspaceId: string, key: string, properties: Bag): string {
  const label = groupSettings.safeParse(properties).data?.ipAddress?.dnsNameLabel
  const [a = 0, b = 0, c = 0] = createHash('sha256')
    .update(`${workspaceId} ${label ?? `group ${key}`}`)
    .digest()
  // 127.0.x.x is left to everybody else; the last part is neither the network nor everybody.
  return `127.${64 + (a % 128)}.${b}.${1 + (c % 254)}`
}
