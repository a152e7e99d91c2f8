import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with the built actions, wherever this test was bundled to. */
export const bundledActions = (() => {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'actions', 'deploy.mjs'))) return join(folder, 'actions')
  throw new Error('There is no actions/deploy.mjs above the tests; setup.mjs makes it.')
})()
