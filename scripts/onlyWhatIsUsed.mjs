// Lets a bundle leave out what it imports of core/ and never calls.
import { resolve } from 'node:path'

/**
 * No file of core/ does anything by being loaded, so an action or a task need not carry the operations of the others.
 * @type {import('esbuild').Plugin}
 */
export const onlyWhatIsUsed = {
  name: 'only what is used',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path)
      return file.startsWith(resolve('core')) ? { path: file, sideEffects: false } : undefined
    })
  },
}
