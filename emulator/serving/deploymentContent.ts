import { z } from 'zod'
import { badRequest } from '../armError.ts'
import type { Bag } from '../state/records.ts'

const probe = z
  .looseObject({
    failureThreshold: z.number().nullish(),
    period: z.string().nullish(),
    initialDelay: z.string().nullish(),
  })
  .nullish()

const schema = z.looseObject({
  // Batch deployments give an object here; online ones give the id.
  model: z.string().nullish(),
  codeConfiguration: z.looseObject({ codeId: z.string().nullish(), scoringScript: z.string().nullish() }).nullish(),
  environmentId: z.string().nullish(),
  environmentVariables: z.record(z.string(), z.string().nullable()).nullish(),
  requestSettings: z
    .looseObject({
      maxConcurrentRequestsPerInstance: z.number().int().min(1).nullish(),
      requestTimeout: z.string().nullish(),
    })
    .nullish(),
  readinessProbe: probe,
})

/** The parts of a deployment that make up what runs, with Azure's defaults for what was left out. */
export interface DeploymentContent {
  readonly model: string | undefined
  readonly code: string | undefined
  readonly scoringScript: string | undefined
  readonly environment: string | undefined
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly maxConcurrentRequestsPerInstance: number
  readonly requestTimeoutMilliseconds: number
  /** How long after its start the server may take until it is ready. */
  readonly readyMilliseconds: number
}

/** Throws `ArmError` 400 when a part is not well-formed. */
export function deploymentContent(properties: Bag): DeploymentContent {
  const parsed = schema.safeParse(properties)
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error).replaceAll('\n', ' '))
  const { model, codeConfiguration, environmentId, environmentVariables, requestSettings, readinessProbe } = parsed.data
  const variables = Object.entries(environmentVariables ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  )
  return {
    model: model ?? undefined,
    code: codeConfiguration?.codeId ?? undefined,
    scoringScript: codeConfiguration?.scoringScript ?? undefined,
    environment: environmentId ?? undefined,
    environmentVariables: Object.fromEntries(variables),
    maxConcurrentRequestsPerInstance: requestSettings?.maxConcurrentRequestsPerInstance ?? 1,
    requestTimeoutMilliseconds: durationMilliseconds(requestSettings?.requestTimeout ?? 'PT5S'),
    readyMilliseconds:
      durationMilliseconds(readinessProbe?.initialDelay ?? 'PT10S') +
      durationMilliseconds(readinessProbe?.period ?? 'PT10S') * (readinessProbe?.failureThreshold ?? 30),
  }
}

/** An ISO 8601 duration of hours, minutes and seconds: `PT1M30S`, `PT0.5S`. Throws `ArmError` 400. */
export function durationMilliseconds(text: string): number {
  const [whole, hours = '0', minutes = '0', seconds = '0'] =
    /^PT(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?$/i.exec(text) ?? []
  if (whole === undefined || whole.length === 2) throw badRequest(`The duration "${text}" is not one like PT30S.`)
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
}
