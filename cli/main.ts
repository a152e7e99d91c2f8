#!/usr/bin/env node
import { program } from './program.ts'

// What is not needed is not loaded: the operations take longer to load than the embedded workspace takes to start.
await program(async () => (await import('../core/operations/index.ts')).operations)
