import type { Host } from '../host.ts'
import { tagText } from '../rollout/journal.ts'

/** Where a version or a deployment came from, as far as the host knows; empty fields are left out. */
export async function provenanceTags(host: Host): Promise<Readonly<Record<string, string>>> {
  const { repository, commit, runUrl, actor } = await host.provenance()
  const known = { repository, commit, runUrl, actor }
  return Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) => (value ? [[`azureml-cd.${key}`, tagText(value)]] : [])),
  )
}
