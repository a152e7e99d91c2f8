#!/usr/bin/env node
import { operations } from '../core/index.ts'
import { program } from './program.ts'

await program(operations)
