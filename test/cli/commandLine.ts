import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { textImports } from '../../scripts/textImports.mjs'

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The bundle under test: the nearest `azureml-cd.js` above this file, wherever the tests were bundled to. */
export const product = above('azureml-cd.js')

/** A command line of its own made of the operations of test/hosts, so that they run as the product's do. */
export async function fixtureProgram(): Promise<string> {
  const outdir = join(dirname(product), 'test', 'cli', `fixture-${process.pid}`)
  await build({
    entryPoints: ['test/cli/fixture.ts'],
    outdir,
    splitting: true,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Bundled as the product is, because reading hundreds of small files makes every start slow.
    external: ['azurite', 'dockerode'],
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
    ...textImports,
  })
  return join(outdir, 'fixture.mjs')
}

/**
 * Runs a program of this project with only the variables given, and answers when it ended. `whenPrinted` hears all
 * that was printed so far, whenever there is more.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly environment?: Readonly<Record<string, string>>
    readonly whenPrinted?: (printed: string, child: ReturnType<typeof spawn>) => void
  } = {},
): Promise<Ended> {
  const { environment = {}, whenPrinted } = options
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      whenPrinted?.(printed.stdout + printed.stderr, child)
    })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...printed }))
  })
}

function above(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, name))) {
    if (folder === dirname(folder)) throw new Error(`There is no ${name} above the tests; setup.mjs makes it.`)
    folder = dirname(folder)
  }
  return join(folder, name)
}
