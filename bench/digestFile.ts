import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Benchmark, mebibyte } from './benchmark.ts'
import { type Contender, interleaved } from './interleaved.ts'
import { modelFile } from './modelFile.ts'
import { runProgram } from './program.ts'

const outcome = z.object({ seconds: z.number(), sha256: z.string() })

/** Digesting a file against OpenSSL's own program, both from the page cache. */
export const digestFile: Benchmark = {
  name: 'digest',
  summary: 'SHA-256 of a file',
  async run({ folder, programs, runs, say, size }) {
    const path = modelFile(folder, size)
    const speed = (seconds: number) => size / mebibyte / seconds
    const openssl = async () => {
      const { stdout, seconds } = await runProgram({ command: 'openssl', args: ['dgst', '-sha256', '-r', path] })
      return { seconds, sha256: stdout.slice(0, 64) }
    }
    const reference = await openssl().catch(() => undefined)
    const ours: Contender = async () => {
      const args = [join(programs, 'digestProgram.js'), JSON.stringify({ path, way: 'engine' })]
      const { stdout } = await runProgram({ command: process.execPath, args })
      const { seconds, sha256 } = outcome.parse(JSON.parse(stdout))
      if (reference && sha256 !== reference.sha256)
        throw new Error(`Our digest is ${sha256} where openssl's is ${reference.sha256}.`)
      return speed(seconds)
    }
    const theirs: Contender = async () => speed((await openssl()).seconds)
    const contenders = reference ? { ours, openssl: theirs } : { ours }
    const title = 'Digest of a file'
    const medians = await interleaved<string>({ contenders, runs, unit: 'MiB/s', title, say })
    rmSync(path)
    return [
      {
        name: `SHA-256 of ${size / mebibyte} MiB`,
        ours: medians.get('ours') ?? Number.NaN,
        unit: 'MiB/s',
        rival: reference ? 'openssl dgst -sha256' : 'openssl (not measured: it is not on the PATH)',
        theirs: medians.get('openssl'),
        better: 'more',
        target: 0.85,
      },
    ]
  },
}
