import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { deploymentName, endpointName } from '../config/names.ts'
import { checkedText, choice, flag, optional, path, quantity } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { linesOf, newLines } from '../targets/newLines.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { existingService } from './existingService.ts'
import { serviceTarget, targetOf } from './targetInput.ts'

const pauseMilliseconds = 2000

export const logs = defineOperation({
  name: 'logs',
  title: 'Read the log of a service',
  summary: 'Print the last lines that a service has written, and go on printing what it writes.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service to read the log of.'),
    target: serviceTarget,
    deployment: optional(checkedText(deploymentName, 'Which deployment. Default: the one that serves most.')),
    lines: quantity({
      description: 'How many of the last lines.',
      ...{ unit: 'lines', default: 200, min: 1, max: 5000, integer: true },
    }),
    container: choice(['server', 'init'], 'Of the scoring server, or of what prepares the files of the model.'),
    follow: flag('Go on printing what is written, until the run is cancelled or the time is over.'),
    followSeconds: quantity({
      description: 'How long to follow, in seconds.',
      ...{ unit: 'seconds', default: 600, min: 1, max: 86_400 },
    }),
    file: optional(path('File to write the log to as well.')),
  },
  outputs: {
    lines: z.number().describe('How many lines were printed.'),
    deployment: z.string().describe('Whose log it was; empty when the service says so itself.'),
  },
  async run(context, inputs) {
    const { host, workspace } = context
    const { service, deployment, container, follow, followSeconds, file } = inputs
    const { clock } = workspace.connection
    const target = await targetOf(context, inputs.target)
    await existingService(context, target, service)
    const printed: string[] = []
    let before: readonly string[] = []
    const until = clock.now() + followSeconds * 1000
    try {
      for (;;) {
        const now = linesOf(await target.logs({ service, deployment, lines: inputs.lines, container }))
        for (const line of newLines(before, now)) {
          host.log.info(line)
          printed.push(line)
        }
        before = now
        if (!follow || clock.now() >= until) break
        await clock.pause(Math.min(pauseMilliseconds, until - clock.now()), host.signal)
      }
    } finally {
      if (file !== undefined) await writeFile(file, printed.map((line) => `${line}\n`).join(''))
    }
    return { lines: printed.length, deployment: deployment ?? '' }
  },
})
