import { Hono } from 'hono'
import type { Bindings } from '../http/bindings.ts'

/** Some sizes of machines as Azure offers them: virtual CPUs, GPUs and memory in GB. */
const sizes = [
  ['Standard_DS1_v2', 1, 0, 3.5],
  ['Standard_DS2_v2', 2, 0, 7],
  ['Standard_DS3_v2', 4, 0, 14],
  ['Standard_D2_v2', 2, 0, 7],
  ['Standard_D3_v2', 4, 0, 14],
  ['Standard_D4_v2', 8, 0, 28],
  ['Standard_D2s_v3', 2, 0, 8],
  ['Standard_D4s_v3', 4, 0, 16],
  ['Standard_D8s_v3', 8, 0, 32],
  ['Standard_F4s_v2', 4, 0, 8],
  ['Standard_NC6s_v3', 6, 1, 112],
  ['Standard_NC4as_T4_v3', 4, 1, 28],
] as const

/** Which machines there are in a region. */
export function machineSizeRoutes(): Hono<Bindings> {
  const routes = new Hono<Bindings>()
  routes.get(
    '/subscriptions/:subscription/providers/Microsoft.MachineLearningServices/locations/:location/vmSizes',
    (c) =>
      c.json({
        value: sizes.map(([name, vCPUs, gpus, memoryGB]) => ({
          ...{ name, vCPUs, gpus, memoryGB, family: `${name.replace(/\d.*/, '')}Family` },
          ...{ osVhdSizeMB: 1_047_552, maxResourceVolumeMB: 200_704, lowPriorityCapable: true, premiumIO: true },
          supportedComputeTypes: ['AmlCompute'],
        })),
      }),
  )
  return routes
}
