// What is bundled as text, for every build of this project: sources of other languages by their ending, and with
// `?browser` behind the path a program for the browser, which is bundled by itself first.
import { dirname, resolve } from 'node:path'
import { build } from 'esbuild'

/** @type {import('esbuild').Plugin} */
const browserPrograms = {
  name: 'browser programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?browser$/ }, ({ path, importer }) => ({
      path: resolve(dirname(importer), path.replace(/\?browser$/, '')),
      namespace: 'browser-program',
    }))
    onLoad({ filter: /./, namespace: 'browser-program' }, async ({ path }) => {
      const { outputFiles, metafile } = await build({
        entryPoints: [path],
        bundle: true,
        minify: true,
        format: 'iife',
        platform: 'browser',
        target: ['chrome109', 'firefox115', 'safari16'],
        charset: 'utf8',
        metafile: true,
        write: false,
        logLevel: 'silent',
      })
      return {
        contents: outputFiles[0]?.text ?? '',
        loader: 'text',
        watchFiles: Object.keys(metafile.inputs).map((input) => resolve(input)),
      }
    })
  },
}

/** @satisfies {import('esbuild').BuildOptions} */
export const textImports = {
  loader: { '.py': 'text', '.sh': 'text', '.html': 'text', '.css': 'text' },
  plugins: [browserPrograms],
}
