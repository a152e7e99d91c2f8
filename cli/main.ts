#!/usr/bin/env node
import { run } from './run.ts'

const cancelled = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // A second signal of a person who does not want to wait ends the process at once.
    if (cancelled.signal.aborted) process.exit(1)
    cancelled.abort(new Error(`Stopped by ${signal}.`))
  })

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  streams: {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  },
  signal: cancelled.signal,
})
