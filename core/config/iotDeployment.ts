import { z } from 'zod'
import { checkDocument, type RuleFault, type Sparse } from './check.ts'
import type { ConfigDocument } from './document.ts'
import type { ConfigWarning, ValuePath } from './faults.ts'
import { anyText, booleanField, section, textField, textMap, wholeNumber, word } from './fields.ts'

/** One module of a device. */
export interface EdgeModule {
  readonly name: string
  /** Docker's options for creating the container. */
  readonly createOptions: Readonly<Record<string, unknown>>
  readonly environmentVariables: Readonly<Record<string, string>>
  /** What the module's twin is to say; undefined leaves it alone. */
  readonly desired: Readonly<Record<string, unknown>> | undefined
}

export interface ExternalModule extends EdgeModule {
  readonly image: string
}

export interface EdgeRegistry {
  readonly address: string
  readonly username: string
  readonly password: string
}

/** A service on devices of an IoT hub (reference v1-surface.md 1.8, 6). */
export interface IotDeploymentConfig {
  readonly iotHub: string | undefined
  readonly scoring: EdgeModule
  readonly externalModules: readonly ExternalModule[]
  readonly routes: Readonly<Record<string, string>>
  /** One device, at once; or else all that fulfil the condition. */
  readonly to:
    | { readonly kind: 'device'; readonly deviceId: string }
    | { readonly kind: 'condition'; readonly condition: string; readonly priority: number }
  readonly registries: readonly EdgeRegistry[]
  readonly edgeHubSchema: '1.0' | '1.1' | '1.2' | '1.3'
  readonly edgeRuntime: string
  /** How long messages wait for a device that is offline. */
  readonly storeSeconds: number
  /** How many of the devices that are meant must have reported success, of 100. */
  readonly successPercentage: number
  readonly labels: Readonly<Record<string, string>>
  readonly description: string | undefined
}

/** The long-term version that is serviced until 2028-11-14. */
const currentRuntime = '1.6'

const anyObject = z.record(z.string(), z.unknown(), 'an object is allowed')

/** Samples write Docker's options both as an object and as JSON within a text. */
const createOptions = z.union(
  [anyObject, z.string().transform(parsedOptions)],
  'an object, or its JSON as a text, is allowed',
)

function parsedOptions(text: string, context: z.RefinementCtx): Record<string, unknown> {
  try {
    const parsed = anyObject.safeParse(JSON.parse(text || '{}'))
    if (parsed.success) return parsed.data
  } catch {
    // Told below.
  }
  context.issues.push({ code: 'custom', input: text, message: 'an object, or its JSON as a text, is allowed' })
  return z.NEVER
}

const moduleKeys = {
  moduleName: textField.regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a name of 1 to 64 letters, digits, "-" or "_" is allowed'),
  createOptions: createOptions.optional(),
  environmentVariables: textMap.optional(),
  propertiesDesired: anyObject.optional(),
}

const schema = section({
  $schema: anyText.optional(),
  computeType: textField.optional(),
  amlModule: section(moduleKeys),
  externalModules: z.array(section({ ...moduleKeys, imageLocation: textField }), 'a list is allowed').optional(),
  routes: z.record(z.string(), z.string('a text is allowed'), 'an object of texts is allowed').optional(),
  iotDeviceId: textField.optional(),
  acrCredentials: z
    .array(section({ location: textField, user: textField, password: textField }), 'a list is allowed')
    .optional(),
  // What v1 did not know.
  iotHub: textField.optional(),
  targetCondition: textField.optional(),
  priority: wholeNumber(0, 2_147_483_647).optional(),
  edgeHubSchemaVersion: word(['1.0', '1.1', '1.2', '1.3']).optional(),
  edgeRuntimeVersion: textField.regex(/^\d+\.\d+(\.\d+)?$/, 'a version such as "1.6" is allowed').optional(),
  timeToLiveSeconds: wholeNumber(1).optional(),
  successPercentage: wholeNumber(1, 100).optional(),
  tags: textMap.optional(),
  description: anyText.optional(),
  appInsightsEnabled: booleanField.optional(),
})

type Given = z.output<typeof schema>

/** @throws InputError with every fault of the file */
export function iotDeploymentConfig(document: ConfigDocument): {
  readonly config: IotDeploymentConfig
  readonly warnings: readonly ConfigWarning[]
} {
  const given = checkDocument({ document, schema, partial: schema.partial(), rules })
  const { iotDeviceId, targetCondition = '', priority = 10 } = given
  const warnings: ConfigWarning[] = []
  if (given.appInsightsEnabled)
    warnings.push({
      message: 'A module on a device does not send to Application Insights; this key changes nothing.',
      position: { file: document.file, line: document.line(['appInsightsEnabled']) },
    })
  const texts = (path: ValuePath, values: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : (document.scalar([...path, name]) ?? String(value)),
      ]),
    )
  const moduleOf = (module: Given['amlModule'], path: ValuePath): EdgeModule => ({
    name: module.moduleName,
    createOptions: module.createOptions ?? {},
    environmentVariables: texts([...path, 'environmentVariables'], module.environmentVariables),
    desired: module.propertiesDesired,
  })
  return {
    config: {
      iotHub: given.iotHub,
      scoring: moduleOf(given.amlModule, ['amlModule']),
      externalModules: (given.externalModules ?? []).map((module, index) => ({
        ...moduleOf(module, ['externalModules', index]),
        image: module.imageLocation,
      })),
      routes: given.routes ?? {},
      to:
        iotDeviceId === undefined
          ? { kind: 'condition', condition: targetCondition, priority }
          : { kind: 'device', deviceId: iotDeviceId },
      registries: (given.acrCredentials ?? []).map(({ location, user, password }) => ({
        address: location,
        username: user,
        password,
      })),
      edgeHubSchema: given.edgeHubSchemaVersion ?? '1.1',
      edgeRuntime: given.edgeRuntimeVersion ?? currentRuntime,
      storeSeconds: given.timeToLiveSeconds ?? 7200,
      successPercentage: given.successPercentage ?? 100,
      labels: texts(['tags'], given.tags),
      description: given.description,
    },
    warnings,
  }
}

function rules(given: Sparse<Given>): RuleFault[] {
  const faults: RuleFault[] = []
  const fault = (path: ValuePath, message: string) => faults.push({ path, message })
  const { iotDeviceId, targetCondition, priority, amlModule, externalModules = [], routes = {} } = given
  if (iotDeviceId === undefined && targetCondition === undefined)
    fault(
      ['iotDeviceId'],
      'It is missing; a device, or a targetCondition that says which devices are meant, is required.',
    )
  if (iotDeviceId !== undefined && targetCondition !== undefined)
    fault(['targetCondition'], 'Both iotDeviceId and targetCondition were given; one of them is allowed.')
  if (iotDeviceId !== undefined && priority !== undefined)
    fault(['priority'], 'A priority is for a targetCondition; what is applied to one device has none.')
  if (iotDeviceId !== undefined && given.successPercentage !== undefined)
    fault(['successPercentage'], 'A percentage is for a targetCondition; one device succeeds or does not.')
  const names = new Set(['$edgeAgent', '$edgeHub', 'edgeAgent', 'edgeHub', amlModule?.moduleName])
  for (const [index, { moduleName }] of externalModules.entries()) {
    if (names.has(moduleName))
      fault(['externalModules', index, 'moduleName'], `"${moduleName}" was given, which another module is called.`)
    names.add(moduleName)
  }
  for (const [name, route] of Object.entries(routes)) {
    if (!/^\s*FROM\s+\S.*\sINTO\s+\S/is.test(route))
      fault(['routes', name], 'A route reads FROM … INTO …, such as "FROM /messages/* INTO $upstream".')
    for (const [, module = ''] of route.matchAll(/\/modules\/([^/\s*]+)/gi))
      if (!names.has(module))
        fault(['routes', name], `It names the module "${module}", which is not among those given.`)
  }
  return faults
}
