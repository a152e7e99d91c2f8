// Sweeps an embedded workspace once by a triggers.yml, and prints what that took:
//
//   node sweepProgram.js RULES LEDGER, with the variables of the embedded workspace
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { CliHost } from '../cli/host.ts'
import { openLedger, parseTriggerFile, Triggers } from '../core/trigger/index.ts'
import { peakMemory } from './peakMemory.ts'

const [, , file = '', place = tmpdir()] = process.argv
const signal = new AbortController().signal
const streams = { stdout: () => true, stderr: (text: string) => process.stderr.write(text) }
const host = new CliHost({ flags: {}, environment: process.env, streams, signal, json: true, debug: false })
const credential = () => host.credential({ authorityHost: '', custom: true })
const ledger = await openLedger({ place, credential })
const triggers = new Triggers({
  ...{ ...ledger, host, credential, worker: randomUUID(), readSecret: async () => '' },
  file: parseTriggerFile({ file, text: readFileSync(file, 'utf8') }),
})
const began = performance.now()
const { swept } = await triggers.sweep(0)
const [first] = swept
console.log(JSON.stringify({ ...first, milliseconds: performance.now() - began, peakBytes: peakMemory() }))
await triggers.close()
