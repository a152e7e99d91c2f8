// A task whose operation is one of test/hosts, or `where`, named by its first argument.
import { z } from 'zod'
import { defineOperation } from '../../core/operation.ts'
import { workspaceInputs } from '../../core/workspaceInputs.ts'
import { runTask } from '../../tasks/run.ts'
import { fixtureOperations } from '../hosts/fixtureOperations.ts'

/** Tells where it runs, and what processes that it starts would find there. */
const where = defineOperation({
  name: 'where',
  title: 'Where',
  summary: 'Tell where this is.',
  inputs: workspaceInputs,
  outputs: {
    subscriptionId: z.string().describe('The subscription.'),
    resourceGroup: z.string().describe('The resource group.'),
    workspace: z.string().describe('The workspace.'),
    cloud: z.string().optional().describe('The cloud.'),
  },
  async run({ host }, { subscriptionId, resourceGroup, workspace, cloud }) {
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'])
      host.log.info(`${name}=${process.env[name] ?? '(none)'}`)
    const left = Object.keys(process.env).filter((name) => /^(INPUT_|ENDPOINT_AUTH|SECRET_)/.test(name))
    host.log.info(`left in the environment: ${left.join(', ') || 'none'}`)
    host.log.info(`provenance: ${JSON.stringify(await host.provenance())}`)
    return { subscriptionId, resourceGroup, workspace, cloud }
  },
})

const [, , name] = process.argv
const operation = [...Object.values(fixtureOperations), where].find((one) => one.name === name)
if (operation) await runTask(operation)
else throw new Error(`There is no operation "${name}".`)
