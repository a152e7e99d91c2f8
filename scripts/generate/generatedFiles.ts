import { actionManifests } from './actionManifests.ts'
import { extensionManifest } from './extension.ts'
import { operationsPage } from './operationsPage.ts'
import { taskFiles } from './taskManifests.ts'

/** What is written from the operations, and no one writes by hand: path from the repository's root → text. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/operations.md', operationsPage()],
    ...actionManifests(),
    ...taskFiles(),
    ['vss-extension.json', extensionManifest()],
  ])
}
