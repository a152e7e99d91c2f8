import { z } from 'zod'
import { createEmulator } from '../../../emulator/index.ts'
import { Client } from '../client.ts'
import { differences, partial } from './knownDifferences.ts'
import official from './officialOperations.json' with { type: 'json' }

interface Row {
  readonly id: string
  readonly state: 'yes' | 'partly' | 'no'
  readonly how: string
}

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/**
 * The coverage part of `docs/emulator.md`: for each operation of Microsoft's descriptions whether an emulator that is
 * asked for it has it.
 */
export async function coverageTables(): Promise<string> {
  const emulator = await createEmulator({ runtime: 'process', blobs: false })
  const client = new Client(emulator)
  try {
    const parts = ['']
    let total = 0
    let answered = 0
    for (const { title, operations } of official) {
      const rows: Row[] = []
      for (const { id, method, path } of operations) {
        const isThere = await isAnswered(client, method, path)
        const how = partial.find(({ operation }) => operation.test(id))?.how
        rows.push({ id, state: isThere ? (how === undefined ? 'yes' : 'partly') : 'no', how: (isThere && how) || '' })
      }
      total += rows.length
      answered += rows.filter(({ state }) => state !== 'no').length
      parts.push(section(title, rows))
    }
    parts[0] = `Of the ${total} operations that Microsoft describes for Azure Machine Learning 2023-04-01 and for the neighbours below, ${answered} are answered.\n`
    const limits = differences.map((one) => `- ${one}`).join('\n')
    return `${parts.join('\n')}\n## Known differences\n\n${limits}\n`
  } finally {
    await client.close()
    await emulator.close()
  }
}

/** Of an operation that is not there, the resource manager itself says so. */
async function isAnswered(client: Client, method: string, path: string): Promise<boolean> {
  const { subscriptionId, resourceGroup, workspace } = client.emulator
  const names: Readonly<Record<string, string>> = {
    subscriptionId,
    resourceGroupName: resourceGroup,
    workspaceName: workspace,
    location: 'local',
  }
  const asked = path.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? 'any-name')
  const verb = z.enum(['GET', 'PUT', 'POST', 'PATCH', 'DELETE']).parse(method)
  // The one operation with a parameter that it cannot do without.
  const query = verb === 'DELETE' && path.includes('/computes/') ? '?underlyingResourceAction=Detach' : ''
  const { body } = await client.arm(verb, `${asked}${query}`, ['GET', 'DELETE'].includes(verb) ? undefined : {})
  return !refusal.safeParse(body).data?.error.message.startsWith('There is nothing ')
}

/** Operations by group, as `Models_List` has it, with what is not whole named. */
function section(title: string, rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ id }) => id.split('_')[0] ?? ''))]
  const lines = names.map((name) => {
    const members = rows.filter(({ id }) => id.split('_')[0] === name)
    const those = (state: Row['state']): string =>
      members
        .filter((row) => row.state === state)
        .map(({ id }) => id.split('_')[1] ?? id)
        .join(', ')
    const notes = [...new Set(members.map(({ how }) => how).filter((how) => how !== ''))].join(' ')
    return `| ${name} | ${those('yes')} | ${those('partly')} | ${those('no')} | ${notes} |`
  })
  return `### ${title}\n\n| | whole | in part | absent | in part means |\n|---|---|---|---|---|\n${lines.join('\n')}\n`
}
