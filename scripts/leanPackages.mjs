// What packages load that this project never needs, left out of its bundles: it shows in how soon a command starts.
import { readFile } from 'node:fs/promises'

/** @type {import('esbuild').Plugin} */
export const leanPackages = {
  name: 'lean packages',
  setup({ onLoad }) {
    // No request of ours carries a form, and asking Node.js whether it has FormData loads a second HTTP client: 14 ms.
    onLoad({ filter: /[\\/]@typespec[\\/]ts-http-runtime[\\/]dist[\\/]esm[\\/]formData\.js$/ }, async ({ path }) => ({
      contents: `const FormData = undefined\n${await readFile(path, 'utf8')}`,
    }))
    // Messages in 60 languages, a third of a megabyte; ours are written by us.
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js'`,
    }))
  },
}
