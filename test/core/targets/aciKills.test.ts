import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { bulk } from '../../bulk.ts'
import { OwnService } from '../operations/ownService.ts'
import { WorkspaceUnderTest } from '../operations/workspaceUnderTest.ts'
import { seeded } from '../rollout/killed.ts'
import { type Strike, struckRun } from './strike.ts'

const points = bulk('kill points of a move on ACI, for each way to move', { all: 8, sample: 2 })

let workspace: WorkspaceUnderTest

test.before(async () => {
  workspace = await WorkspaceUnderTest.start({ blobs: false })
})
test.after.always(() => workspace?.close())

const shape = z.object({
  tags: z.record(z.string(), z.string()),
  properties: z.object({
    containers: z.array(
      z.object({
        properties: z.object({
          image: z.string(),
          resources: z.object({ requests: z.object({ cpu: z.number() }) }),
        }),
      }),
    ),
  }),
})

const at = (group: string) =>
  workspace.client.workspace.replace(
    /Microsoft\.MachineLearningServices.*/,
    `Microsoft.ContainerInstance/containerGroups/${group}`,
  )

async function keptKeys(service: string): Promise<Readonly<Record<string, string>>> {
  const { body } = await workspace.client.arm('POST', `connections/azureml-cd-${service}/listsecrets`)
  return z
    .object({ properties: z.object({ credentials: z.object({ keys: z.record(z.string(), z.string()) }) }) })
    .parse(body).properties.credentials.keys
}

/** The service with that image and CPU; another CPU cannot be written into a group that lives. */
async function orderOf(service: OwnService, image: string, cpu: number): Promise<readonly string[]> {
  const settings = { computeType: 'ACI', authEnabled: true, containerResourceRequirements: { cpu, memoryInGB: 1 } }
  await writeFile(join(service.folder, 'deploymentconfig.json'), JSON.stringify(settings))
  return [
    ...['deploy', '--service', service.name, '--model', `${service.name}:1`, '--bake-seconds', '0'],
    ...['--image', image, '--inference-config', join(service.folder, 'inferenceconfig.json')],
    ...['--deployment-config', join(service.folder, 'deploymentconfig.json')],
  ]
}

interface Moment {
  readonly strike: Strike
  readonly request: number
}

/** Spread over a whole run. */
function moments(count: number, requests: number, random: () => number): readonly Moment[] {
  const kinds = ['arrived', 'lost', 'answered'] as const
  return Array.from({ length: count }, (_, index) => ({
    strike: kinds[Math.floor(random() * kinds.length)] ?? 'lost',
    request: 1 + Math.floor(((index + random()) * requests) / count),
  }))
}

for (const [what, cpus, seed] of [
  ['written', [0.5, 0.5], 20_261_127],
  ['deleted and made anew', [0.5, 0.7], 20_261_128],
] as const)
  test.serial(
    `a service on ACI whose group is ${what} is moved by the run after one that was killed, with its keys`,
    async (t) => {
      t.timeout(120_000)
      const name = `killed-${cpus[1] * 10}`
      const service = await OwnService.create(workspace, name)
      await workspace.client.arm('PUT', `models/${name}/versions/1`, {
        properties: { modelUri: 'azureml://datastores/x/paths/y', modelType: 'custom_model' },
      })
      await workspace.done(await orderOf(service, `registry.example.com/${name}:0`, cpus[0]))
      const before = await keptKeys(name)
      const whole = await orderOf(service, `registry.example.com/${name}:1`, cpus[1])
      const { requests } = await struckRun(workspace, whole, () => undefined)
      const random = seeded(seed)
      let struck = 0
      for (const [index, moment] of moments(points, requests, random).entries()) {
        const image = `registry.example.com/${name}:${index + 2}`
        const cpu = cpus[index % 2] ?? 1
        const order = await orderOf(service, image, cpu)
        const { signal } = await struckRun(workspace, order, (_, number) =>
          number === moment.request ? moment.strike : undefined,
        )
        if (signal === 'SIGKILL') struck += 1
        const last = await workspace.cli(order)
        const label = `${moment.strike} ${moment.request} of ${requests}`
        t.is(last.code, 0, `${label}: ${last.stderr}`)
        const { properties } = shape.parse((await workspace.client.arm('GET', at(name))).body)
        t.is(properties.containers[0]?.properties.image, image, label)
        t.is(properties.containers[0]?.properties.resources.requests.cpu, cpu, label)
        t.is((await workspace.client.arm('GET', at(`${name}-next`))).status, 404, label)
        // Nothing of the move is left, and whoever has a key still has one.
        t.deepEqual(await keptKeys(name), before, label)
        t.is((await workspace.done(order)).outputs.changed, false, label)
      }
      t.true(struck >= points - 1, `only ${struck} of ${points} points struck a living run`)
    },
  )
