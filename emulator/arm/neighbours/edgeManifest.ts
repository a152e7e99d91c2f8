import { z } from 'zod'

/**
 * What a deployment of IoT Edge may say, as the published schemas have it (azure-iot-edge-deployment 2.0, agent 1.1, hub
 * 1.0 to 1.3) and as the runtime reads it. Nothing else is allowed anywhere.
 */
const docker = z.literal('docker')
const key = (pattern: RegExp, what: string) => z.string().regex(pattern, `${what} is not allowed as a name`)

/** Texts of options are cut into numbered pieces of 512 characters at most, which together are JSON. */
const settings = z
  .record(z.string(), z.string().max(4096))
  .refine(({ image }) => image !== undefined && /\S/.test(image), 'an image is required')
  .refine(
    (all) => Object.keys(all).every((name) => name === 'image' || /^createOptions(\d\d)?$/.test(name)),
    'only image, createOptions and createOptions01 … are allowed',
  )
  .refine(
    (all) => Object.entries(all).every(([name, text]) => name === 'image' || text.length <= 512),
    'a piece of createOptions has more than 512 characters',
  )
  .refine((all) => isOptions(all), 'createOptions are not the JSON of an object')

function isOptions({ image: _, ...pieces }: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(pieces).toSorted()
  const expected = names.map((_, index) => `createOptions${index === 0 ? '' : String(index).padStart(2, '0')}`)
  if (names.join() !== expected.join()) return false
  const text = names.map((name) => pieces[name] ?? '').join('')
  if (text === '') return true
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  } catch {
    return false
  }
}

const env = z.record(
  key(/^[^\\+#$\s.]+$/, 'this'),
  z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) }),
)
const running = {
  type: docker,
  status: z.enum(['running', 'stopped']),
  restartPolicy: z.enum(['never', 'on-failure', 'on-unhealthy', 'always']),
  settings,
  env: env.optional(),
  imagePullPolicy: z.enum(['never', 'on-create']).optional(),
  startupOrder: z.int().min(0).max(4_294_967_295).optional(),
}
const agent = z.strictObject({
  // The runtime takes no newer one.
  schemaVersion: z.enum(['1.0', '1.1', '1.1.0']),
  runtime: z.strictObject({
    type: docker,
    settings: z.strictObject({
      minDockerVersion: z.string().optional(),
      loggingOptions: z.string().optional(),
      registryCredentials: z
        .record(
          key(/^[^.$# ]+$/, 'this'),
          z.strictObject({ username: z.string(), password: z.string(), address: z.string().regex(/^\S+$/) }),
        )
        .optional(),
    }),
  }),
  systemModules: z.strictObject({
    edgeAgent: z.strictObject({
      ...{ type: docker, settings, env: env.optional(), imagePullPolicy: running.imagePullPolicy },
    }),
    edgeHub: z.strictObject(running),
  }),
  modules: z.record(key(/^[a-zA-Z0-9_-]+$/, 'this'), z.strictObject({ ...running, version: z.string().optional() })),
})
const route = z.union([
  z.string().min(1),
  z.strictObject({
    route: z.string().min(1),
    priority: z.int().min(0).max(9).optional(),
    timeToLiveSecs: z.int().min(0).max(4_294_967_295).optional(),
  }),
])
const hub = z
  .strictObject({
    schemaVersion: z.enum(['1.0', '1.1', '1.2', '1.3']),
    routes: z.record(key(/^[^.$# ]+$/, 'this'), route),
    storeAndForwardConfiguration: z.strictObject({ timeToLiveSecs: z.int() }).optional(),
    mqttBroker: z.record(z.string(), z.unknown()).optional(),
    integrity: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(
    (all) => all.schemaVersion === '1.0' || all.storeAndForwardConfiguration !== undefined,
    'the runtime fails without storeAndForwardConfiguration',
  )
  .refine((all) => all.mqttBroker === undefined || all.schemaVersion === '1.2', 'mqttBroker is for 1.2')
  .refine((all) => all.integrity === undefined || all.schemaVersion === '1.3', 'integrity is for 1.3')
  .refine(
    (all) => all.schemaVersion !== '1.0' || Object.values(all.routes).every((one) => typeof one === 'string'),
    'routes are texts in 1.0',
  )

const desired = <T extends z.ZodType>(properties: T) => z.strictObject({ 'properties.desired': properties })
/** The limit of IoT Hub for each section of a twin. */
const fits = (value: unknown) => Buffer.byteLength(JSON.stringify(value)) <= 32 * 1024

export const modulesContent = z
  .object({ $edgeAgent: desired(agent), $edgeHub: desired(hub) })
  .catchall(desired(z.record(z.string(), z.unknown())))
  .superRefine((content, context) => {
    for (const [module, value] of Object.entries(content)) {
      if (!fits(value)) context.issues.push({ code: 'custom', input: '', message: `${module} has more than 32 KB` })
      const known = module in content.$edgeAgent['properties.desired'].modules
      if (!module.startsWith('$') && !known)
        context.issues.push({ code: 'custom', input: '', message: `${module} is no module of this deployment` })
    }
  })

export type ModulesContent = z.output<typeof modulesContent>
