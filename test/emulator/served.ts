import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { z } from 'zod'
import { textImports } from '../../scripts/textImports.mjs'
import { python } from '../requirements.ts'
import { Client } from './client.ts'

const line = z.object({
  url: z.string(),
  caFile: z.string(),
  envFile: z.string(),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  workspace: z.string(),
  tenantId: z.string(),
  clientId: z.string(),
})

/** An emulator in a process of its own, which can be killed. */
export interface Served {
  readonly process: ChildProcess
  readonly said: z.infer<typeof line>
  readonly client: Client
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** `serveEmulator` alone, bundled beside this test so that packages are found. */
const program = (async () => {
  const outfile = join(fileURLToPath(new URL('.', import.meta.url)), `serve-${process.pid}.mjs`)
  await build({
    entryPoints: ['emulator/serve.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    ...textImports,
    outfile,
  })
  return outfile
})()

export async function serve(options: {
  readonly location: string
  readonly port?: number
  readonly runtime?: string
  readonly blobs?: boolean
  /** The most its JavaScript heap may hold; it ends when that is not enough. */
  readonly heapMebibytes?: number
}): Promise<Served> {
  const script = `
    const { serveEmulator } = await import(${JSON.stringify(pathToFileURL(await program).href)})
    const stop = new AbortController()
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort())
    await serveEmulator({ json: true, ...JSON.parse(process.argv[1]) }, { ...process, stdout: process.stdout, stderr: process.stderr, signal: stop.signal })`
  const { heapMebibytes, ...rest } = options
  const limits = heapMebibytes === undefined ? [] : [`--max-old-space-size=${heapMebibytes}`]
  const wanted = JSON.stringify({ runtime: 'process', python, ...rest })
  const child = spawn(process.execPath, [...limits, '--input-type=module', '-e', script, wanted], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [first] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(() => Promise.reject(new Error('The emulator ended before it was ready.'))),
  ])
  const said = line.parse(JSON.parse(String(first)))
  const environment = readFileSync(said.envFile, 'utf8')
  const clientSecret = /AZURE_CLIENT_SECRET='(.*)'/.exec(environment)?.[1] ?? ''
  const client = new Client({ ...said, ca: readFileSync(said.caFile, 'utf8'), clientSecret })
  return {
    process: child,
    said,
    client,
    end: async (signal) => {
      await client.close()
      child.kill(signal)
      const [code] = await ended
      return typeof code === 'number' ? code : null
    },
  }
}
