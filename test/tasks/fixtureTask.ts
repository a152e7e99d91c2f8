import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleTask } from '../../scripts/bundleTasks.mjs'

/** A task made of the operations of test/hosts, bundled as the real ones are, so that they run as those do. */
export async function fixtureTask(): Promise<string> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), `fixture-task-${process.pid}`)
  await bundleTask({ entry: 'test/tasks/fixture.ts', folder })
  return join(folder, 'index.mjs')
}
