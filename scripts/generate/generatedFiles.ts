import { actionManifests } from './actionManifests.ts'
import { configSchemas } from './configSchemas.ts'
import { configurationPage } from './configurationPage.ts'
import { extensionManifest } from './extension.ts'
import { operationsPage } from './operationsPage.ts'
import { taskFiles } from './taskManifests.ts'
import { triggersJsonSchema } from './triggersSchema.ts'

/** What is written from the operations, and no one writes by hand: path from the repository's root → text. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/operations.md', operationsPage()],
    ['docs/configuration.md', configurationPage()],
    ...configSchemas(),
    ['docs/triggers/triggers.schema.json', triggersJsonSchema()],
    ...actionManifests(),
    ...taskFiles(),
    ['vss-extension.json', extensionManifest()],
  ])
}
