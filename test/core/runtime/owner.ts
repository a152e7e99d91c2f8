// A process that owns a scoring server and is going to be killed: starts one, tells where it is, and stays.
import { readFileSync } from 'node:fs'
import { dockerRuntime } from '../../../core/runtime/docker.ts'
import { processRuntime } from '../../../core/runtime/process.ts'
import type { ScoringServerSpec } from '../../../core/runtime/scoringServer.ts'

const order: {
  kind: 'process' | 'docker'
  owner: string
  python: string
  server: 'auto' | 'stand-in'
  spec: ScoringServerSpec
} = JSON.parse(readFileSync(0, 'utf8'))
const { kind, owner, python, server, spec } = order
const runtime =
  kind === 'docker' ? await dockerRuntime({ owner, python, server }) : await processRuntime({ python, server })
const running = await runtime.start(spec)
await running.ready({ signal: AbortSignal.timeout(60_000) })
console.log(JSON.stringify({ url: running.url }))
setInterval(() => undefined, 60_000)
