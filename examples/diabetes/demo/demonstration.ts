import { join } from 'node:path'
import { z } from 'zod'
import type { Emulator } from '../../../emulator/index.ts'
import type { CommandLine } from './commandLine.ts'
import type { Findings } from './findings.ts'
import { readHeldOut } from './heldOut.ts'
import { ScoringClient } from './scoringClient.ts'
import type { Story } from './story.ts'
import { WorkspaceReader } from './workspaceReader.ts'

const registration = z.object({ modelVersion: z.string(), changed: z.boolean(), uploadedBytes: z.number() })
const deployed = z.object({ scoringUri: z.string(), deployment: z.string() })
const updated = z.object({ outcome: z.string(), reason: z.string().optional() })
const watched = z.object({
  found: z.array(z.object({ newest: z.string(), served: z.string(), state: z.string() })),
})

const name = 'diabetes'
const folder = 'examples/diabetes'
const requestsPerSecond = 100
const bakeSeconds = 2
/** Exit code of an update that was refused; what served before serves again. */
const refusedExitCode = 3

/**
 * The life of a service, from its first version to a bad one, told as it happens. What was found is written to
 * `findings` at once, so that a demonstration that breaks off has told no more than what was so.
 */
export async function demonstrate(options: {
  readonly emulator: Emulator
  readonly azureml: CommandLine
  readonly story: Story
  readonly findings: Findings
  readonly root: string
}): Promise<void> {
  const { emulator, azureml, story, findings, root } = options
  const heldOut = await readHeldOut(join(root, folder), ['1', '2', '3'])
  const smoke = ['--requests', `${folder}/smoke.json`]
  const bake = (seconds: number) => ['--bake-seconds', String(seconds)]
  const workspace = new WorkspaceReader(emulator)

  const register = async (version: number) => {
    const { outputs } = await azureml.run(['register', '--name', name, '--path', `${folder}/models/v${version}`])
    const made = registration.parse(outputs)
    if (made.changed) findings.registered.push({ name, version: made.modelVersion })
    return made
  }
  const sayRegistered = ({ modelVersion, uploadedBytes }: z.infer<typeof registration>) =>
    story.detail(`Version ${modelVersion} of the model is registered; ${uploadedBytes} bytes were uploaded.`)
  const watch = async () => {
    const [found] = watched.parse((await azureml.run(['watch'])).outputs).found
    findings.watched.push(`${found?.newest} ${found?.state}`)
    findings.served = found?.served
    story.detail(`${name} serves version ${found?.served}; the newest is ${found?.newest}: ${found?.state}.`)
  }

  sayRegistered(await register(1))
  const files = ['inference-config', 'deployment-config'].flatMap((flag) => [
    `--${flag}`,
    `${folder}/${flag.replace('-', '')}.json`,
  ])
  // Nothing served before, so that there is nothing to watch the first version against.
  const deploy = ['deploy', '--service', name, '--model', `${name}:1`, ...files, ...smoke, ...bake(0)]
  const { deployment, scoringUri } = deployed.parse((await azureml.run(deploy)).outputs)
  const client = new ScoringClient({
    ...{ scoringUri, bearer: await workspace.scoringKey(name) },
    ...{ certificateAuthority: emulator.ca, heldOut },
  })
  findings.exchanges = client.exchanges

  const update = async (version: number) => {
    const before = { count: client.count, traffic: await workspace.traffic(name) }
    const started = performance.now()
    const args = ['update', '--service', name, ...smoke, ...bake(bakeSeconds)]
    const { outputs, exitCode } = await azureml.run(args, [0, refusedExitCode])
    const { outcome, reason } = updated.parse(outputs)
    const seconds = (performance.now() - started) / 1000
    const requests = client.count - before.count
    findings.rollouts.push({ from: findings.served ?? '', to: String(version), outcome, exitCode, seconds, requests })
    findings.deployments = await workspace.deployments(name)
    const failed = client.exchanges.filter(({ failure }) => failure !== undefined).length
    story.detail(
      [
        `Version ${version} was ${outcome}${reason ? `: ${reason}` : '.'}`,
        `Traffic before: ${before.traffic}; after: ${await workspace.traffic(name)}. Deployments now: ${findings.deployments.join(', ')}.`,
        `${requests} requests meanwhile; ${client.count} so far, ${failed} failed.`,
      ].join('\n'),
    )
  }
  const measure = async (version: string) => {
    const rSquared = await client.measure()
    findings.rSquared.push(rSquared)
    story.detail(
      `R² of version ${version} on ${heldOut.data.length} patients it was not fitted on, measured through the service: ${rSquared.toFixed(3)}.`,
    )
  }

  try {
    story.detail(`${deployment} passed the test requests and serves at ${scoringUri}.`)
    await measure('1')
    client.start({ requestsPerSecond })
    story.step(`A client scores there from now on, ${requestsPerSecond} requests/s on two connections that stay open.`)
    await client.more(requestsPerSecond)

    sayRegistered(await register(2))
    await watch()
    await update(2)
    await measure('2')

    sayRegistered(await register(3))
    await watch()
    await update(3)
    await watch()

    const again = await register(2)
    findings.sameContent = { version: again.modelVersion, changed: again.changed }
    if (again.changed) sayRegistered(again)
    else story.detail(`That content is version ${again.modelVersion} already: no new version, nothing uploaded.`)
    await client.more(requestsPerSecond)
  } finally {
    await client.stop()
  }
}
