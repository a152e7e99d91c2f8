// Bundles the actions into one folder: an entry for each, and chunks that they share and load when they need them.
// Nothing stays outside, because a release has no node_modules.
import { existsSync, readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { leanPackages } from './leanPackages.mjs'
import { onlyWhatIsUsed } from './onlyWhatIsUsed.mjs'
import { requireInEsm } from './requireInEsm.mjs'
import { textImports } from './textImports.mjs'

/** Each folder of actions/ with an index.ts is an action, or the post step of some: name → entry. */
export function actionEntries() {
  return Object.fromEntries(
    readdirSync('actions', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join('actions', entry.name, 'index.ts')))
      .map(({ name }) => [name, join('actions', name, 'index.ts')]),
  )
}

/**
 * @param {{ entryPoints: Record<string, string>, outdir: string }} what
 * @returns {Promise<import('esbuild').Metafile>}
 */
export async function bundleActions({ entryPoints, outdir }) {
  const { metafile } = await build({
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    loader: textImports.loader,
    plugins: [...textImports.plugins, leanPackages, onlyWhatIsUsed, lateTokens, noNativeParts],
    banner: { js: requireInEsm },
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

/**
 * Of @actions/core, what asks GitHub for a token comes with an HTTP client ten times the size of the rest; it is loaded
 * by the steps that sign in so.
 * @type {import('esbuild').Plugin}
 */
const lateTokens = {
  name: 'late tokens',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/oidc-utils\.js$/ }, ({ path, importer, resolveDir, kind }) =>
      kind === 'import-statement' && /@actions[\\/]core[\\/]lib[\\/]core\.js$/.test(importer)
        ? // A bundle names it in a comment, where no machine's own paths belong.
          { path: relative('.', resolve(resolveDir, path)), namespace: 'late-tokens' }
        : undefined,
    )
    onLoad({ filter: /./, namespace: 'late-tokens' }, ({ path }) => ({
      contents: `export class OidcClient {
        static async getIDToken(audience) {
          const { OidcClient } = await import(${JSON.stringify(resolve(path))})
          return OidcClient.getIDToken(audience)
        }
      }`,
      resolveDir: resolve(path, '..'),
    }))
  },
}

/**
 * SSH, which dockerode can speak, has native parts that it does without where they are not there.
 * @type {import('esbuild').Plugin}
 */
const noNativeParts = {
  name: 'no native parts',
  setup({ onResolve }) {
    onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, external: true }))
  },
}
