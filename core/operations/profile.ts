import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { ScoringRequest } from '../config/requests.ts'
import { InputError, RefusedError } from '../errors.ts'
import type { Host } from '../host.ts'
import { checkedText, list, optional, path, quantity, text } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { firstDifference } from '../rollout/expectations.ts'
import { cell } from '../rollout/probes.ts'
import type { ProfileStep } from '../runtime/profile/gridWalk.ts'
import type { LoadRequest } from '../runtime/profile/load.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { imageText } from './imageText.ts'
import { mermaidCharts, stepTable, svgCharts } from './profileCharts.ts'
import { profileResult, withRecommended } from './profileResult.ts'
import { readRequests } from './requestFile.ts'
import { readUserFile } from './userFile.ts'

const defaultCpus = [0.1, 0.25, 0.5, 1, 2, 3.5]
const defaultMemoriesGiB = [0.25, 0.5, 1, 2, 4, 8, 15]

const numberAbove0 = z.string().refine((given) => !isNoNumber(given), 'must be a number above 0')

function isNoNumber(given: string): boolean {
  return !/^(\d+\.?\d*|\.\d+)$/.test(given) || !(Number(given) > 0)
}

export const profile = defineOperation({
  name: 'profile',
  title: 'Profile a service',
  summary:
    'Run a scoring image under limits of CPU and memory with your own requests, and find the smallest ones that are enough.',
  inputs: {
    ...workspaceInputs,
    image: checkedText(imageText, 'Scoring image to run, as package built it.', 'IMAGE'),
    requests: path('Request file: what is sent, in turn, and what the answers must be like.'),
    cpus: list('CPUs to try. Default: 0.1, 0.25, 0.5, 1, 2, 3.5, as far as this machine has them.', 'NUMBER,…'),
    memories: list(
      'Memory to try, in GiB. Default: 0.25, 0.5, 1, 2, 4, 8, 15, as far as this machine has it.',
      'NUMBER,…',
    ),
    requestsPerSecond: optional(
      checkedText(
        numberAbove0,
        'Requests a second that the service must answer. Without it, the smallest CPU is wanted that answers nearly as many as the largest.',
        'NUMBER',
      ),
    ),
    latencyMilliseconds: optional(
      checkedText(numberAbove0, 'What 95 of 100 requests may take at most, in milliseconds.', 'NUMBER'),
    ),
    concurrency: quantity({
      description: 'Requests at the same time, where no requests a second are asked for.',
      unit: 'requests',
      default: 1,
      min: 1,
      max: 200,
      integer: true,
    }),
    secondsPerStep: quantity({
      description: 'How long each step is measured, in seconds.',
      unit: 'seconds',
      default: 10,
      min: 1,
      max: 600,
    }),
    name: optional(text('Name of the profile, in its result.', 'NAME')),
    deploymentConfig: optional(
      path('Deployment configuration (JSON) whose CPU and memory are replaced by the recommended ones.'),
    ),
    folder: path(
      'Folder for the result (profile.json), the curves (profile.svg) and the deployment configuration (deploymentconfig.json).',
    ),
  },
  outputs: {
    recommendedCpu: z.number().describe('The smallest CPU that is enough.'),
    recommendedMemory: z.number().describe('The smallest memory that is enough, in GiB.'),
    latency95: z.number().describe('What 95 of 100 requests took at most with these, in milliseconds.'),
    requestsPerSecond: z.number().describe('How many requests a second were answered with these.'),
    result: z.string().describe('The file with all figures.'),
    deploymentConfig: z.string().describe('The file that deploy accepts.'),
  },
  rules: ({ cpus = [], memories = [] }) => [
    ...cpus
      .filter(isNoNumber)
      .map((given) => ({ key: 'cpus' as const, fault: `must be numbers above 0, and "${given}" is none` })),
    ...memories
      .filter(isNoNumber)
      .map((given) => ({ key: 'memories' as const, fault: `must be numbers above 0, and "${given}" is none` })),
  ],
  async run({ host }, inputs) {
    const { image, folder, secondsPerStep: seconds, concurrency } = inputs
    const requests = await loadRequests(await readRequests(host, inputs.requests))
    const template = await templateOf(host, inputs.deploymentConfig)
    const goal = {
      requestsPerSecond: inputs.requestsPerSecond === undefined ? undefined : Number(inputs.requestsPerSecond),
      latencyMilliseconds: inputs.latencyMilliseconds === undefined ? undefined : Number(inputs.latencyMilliseconds),
    }
    const { dockerEngine } = await import('../runtime/dockerEngine.ts')
    const { walkGrid } = await import('../runtime/profile/gridWalk.ts')
    const engine = await dockerEngine()
    const machine = await engine.info()
    const grid = {
      cpus: within(inputs.cpus, defaultCpus, machine.NCPU, 'CPUs'),
      memoriesGiB: within(inputs.memories, defaultMemoriesGiB, machine.MemTotal / 2 ** 30, 'GiB of memory'),
    }
    const createdTime = new Date().toISOString()
    const { steps, recommended } = await host.group(`Profile ${image}`, () =>
      walkGrid({
        ...{ engine, image, ...grid, goal, variables: {} },
        load: { requests, seconds, concurrency, requestsPerSecond: goal.requestsPerSecond, signal: host.signal },
        onStep: (step) => host.log.info(stepText(step)),
      }),
    )
    const result = profileResult({ name: inputs.name ?? image, image, createdTime, goal, grid, steps, recommended })
    await mkdir(folder, { recursive: true })
    const resultFile = join(folder, 'profile.json')
    await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`)
    await writeFile(join(folder, 'profile.svg'), svgCharts(steps, recommended?.cpu))
    await host.summary(
      [
        `### Profile of ${cell(image)}`,
        '',
        recommended ? `**${recommended.cpu} CPU and ${recommended.memoryGiB} GiB** are enough.` : 'No step was enough.',
        '',
        stepTable(recommended ? [...steps, recommended] : steps),
        '',
        mermaidCharts(steps),
      ].join('\n'),
    )
    if (!recommended)
      throw new RefusedError(
        `None of ${grid.cpus.join(', ')} CPU with up to ${Math.max(...grid.memoriesGiB)} GiB is enough: see ${resultFile}.`,
        { hint: 'Ask for less, allow more, or look whether every answer is right: each request that fails counts.' },
      )
    const configFile = join(folder, 'deploymentconfig.json')
    await writeFile(configFile, `${JSON.stringify(withRecommended(template, recommended), null, 2)}\n`)
    return {
      ...{ recommendedCpu: recommended.cpu, recommendedMemory: recommended.memoryGiB },
      latency95: rounded(recommended.figures.latencyPercentile95InMs),
      requestsPerSecond: rounded(recommended.figures.measuredQueriesPerSecond),
      ...{ result: resultFile, deploymentConfig: configFile },
    }
  },
})

/** What is asked for, or else what is usual, as far as the machine has it. */
function within(asked: readonly string[], usual: readonly number[], most: number, what: string): readonly number[] {
  const wanted = asked.length > 0 ? asked.map(Number) : usual
  const possible = wanted.filter((one) => one <= most)
  if (possible.length > 0) return possible
  throw new InputError(`This machine has ${rounded(most)} ${what}, less than every step (${wanted.join(', ')}).`)
}

async function loadRequests(requests: readonly ScoringRequest[]): Promise<readonly LoadRequest[]> {
  return Promise.all(
    requests.map(async ({ method, path: at, headers, body, expect, position }): Promise<LoadRequest> => {
      const type = body.kind === 'none' ? {} : { 'content-type': 'application/json' }
      return {
        ...{ method, path: at, headers: { ...type, ...headers } },
        body:
          body.kind === 'json'
            ? body.text
            : body.kind === 'file'
              ? await readFile(resolve(dirname(position.file), body.path))
              : undefined,
        // How long an answer may take is what is measured here; under a limit it is no fault of the answer.
        isRight: (answer) => firstDifference({ ...expect, maxMilliseconds: undefined }, answer) === undefined,
      }
    }),
  )
}

const jsonObject = z.record(z.string(), z.unknown())

async function templateOf(host: Host, file: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (file === undefined) return {}
  const { text: content } = await readUserFile(host, 'deploymentConfig', file)
  try {
    return jsonObject.parse(JSON.parse(content))
  } catch (cause) {
    throw new InputError(`${host.spelling('deploymentConfig')}: the file "${file}" is no object of plain JSON.`, {
      cause,
    })
  }
}

function stepText({ cpu, memoryGiB, figures, peak }: ProfileStep): string {
  return `${cpu} CPU, ${memoryGiB} GiB: ${figures.measuredQueriesPerSecond.toFixed(1)} right answers a second, 95 of 100 within ${figures.latencyPercentile95InMs.toFixed(1)} ms; at most ${peak.cpu.toFixed(2)} CPU and ${peak.memoryGiB.toFixed(2)} GiB in use`
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
