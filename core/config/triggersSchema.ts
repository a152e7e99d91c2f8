import { z } from 'zod'
import { destinationSchema } from './destinationSchema.ts'
import { anyText, booleanField, section, textField, textMap, wholeNumber, word } from './fields.ts'
import { parseMetricExpression } from './metricExpression.ts'
import { workspaceName } from './names.ts'
import { quietHours } from './quietHours.ts'
import { spanField } from './span.ts'

const ruleNameAllowed = 'a name of 1 to 60 letters, digits, "-" or "_" is required'
/** Rules and destinations are named in tags of model versions and in the ledger. */
export const triggerName = z.string(ruleNameAllowed).regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/, ruleNameAllowed)

const idAllowed =
  'an ARM id such as /subscriptions/…/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/… is allowed'
const armId = (collection: string) =>
  z
    .string(idAllowed)
    .regex(
      new RegExp(
        `^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.MachineLearningServices/${collection}/[^/]+$`,
        'i',
      ),
      idAllowed,
    )

const place = {
  name: triggerName.optional(),
  subscriptionId: textField.optional(),
  resourceGroup: textField.optional(),
  cloud: textField.optional(),
  apiVersion: textField.optional(),
}
const workspace = section({ ...place, id: armId('workspaces').optional(), workspace: workspaceName.optional() })
const registry = section({ ...place, id: armId('registries').optional(), registry: workspaceName.optional() })

const globAllowed = 'a glob over model names such as "risk-*", or a list of them, is allowed'
const glob = z
  .string(globAllowed)
  .trim()
  .regex(/^!?[^!\s]/, globAllowed)
const globs = z
  .union([glob.transform((one) => [one]), z.array(glob, globAllowed).min(1, globAllowed)], globAllowed)
  .meta({ description: 'Model names as globs; with ! before it, a glob excludes.' })

const expression = z
  .string('an expression such as "rmse < 60 and r2 >= 0.4" is allowed')
  .transform((text, context) => {
    const parsed = parseMetricExpression(text)
    if ('expression' in parsed) return { text: text.trim(), expression: parsed.expression }
    context.issues.push({ code: 'custom', input: text, message: parsed.fault })
    return z.NEVER
  })
  .meta({
    description: 'Comparisons of numbers in tags or properties, joined by and, or: rmse < 60 and r2 > served.r2',
  })

const sinceAllowed = 'a date such as "2026-11-27" or a time such as "2026-11-27T08:00:00Z" is allowed'
const since = z
  .string(sinceAllowed)
  .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/, sinceAllowed)
  .refine((text) => !Number.isNaN(Date.parse(text)), sinceAllowed)

const namesAllowed = 'a list of names is required'
const names = z.array(triggerName, namesAllowed).min(1, namesAllowed)

export const orderWords = ['newest', 'every'] as const

const rule = section({
  name: triggerName,
  description: anyText.optional(),
  enabled: booleanField.optional(),
  dryRun: booleanField.optional(),
  workspaces: names.optional(),
  model: globs,
  tags: textMap
    .optional()
    .meta({ description: 'A text, a glob, or * for "is there"; with ! before it, must not match.' }),
  properties: textMap.optional(),
  stage: word(['Development', 'Production', 'Archived'])
    .meta({ enum: ['Development', 'Production', 'Archived'] })
    .optional(),
  minimumVersion: wholeNumber(0).optional(),
  since: since.optional(),
  when: expression.optional(),
  order: word(orderWords)
    .meta({ enum: [...orderWords] })
    .optional(),
  debounce: spanField.optional(),
  service: anyText.regex(/^[a-zA-Z][-a-zA-Z0-9]{1,30}[a-zA-Z0-9]$/, 'the name of an endpoint is allowed').optional(),
  concurrency: wholeNumber(1, 100).optional(),
  quietHours: z
    .union([quietHours.transform((one) => [one]), z.array(quietHours)], 'an object with from and to is allowed')
    .optional(),
  destinations: names,
})

const rulesAllowed = 'a list of rules is required'

export const triggersSchema = section({
  $schema: anyText.optional(),
  workspaces: z.array(workspace, 'a list of workspaces is allowed').optional(),
  registries: z.array(registry, 'a list of registries is allowed').optional(),
  rules: z.array(rule, rulesAllowed).min(1, rulesAllowed),
  destinations: z.record(triggerName, destinationSchema, 'an object of destinations is required'),
  rereadEvery: spanField.optional(),
  tagVersions: booleanField.optional(),
})

export type GivenTriggers = z.output<typeof triggersSchema>
