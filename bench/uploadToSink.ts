import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type BenchContext, type Benchmark, type Figure, mebibyte } from './benchmark.ts'
import { type CertificateFiles, certificateFiles } from './certificateFiles.ts'
import { interleaved } from './interleaved.ts'
import { modelFile } from './modelFile.ts'
import { ourUpload } from './ourUpload.ts'
import { runProgram } from './program.ts'
import { startSink } from './sink.ts'

const timed = z.object({ seconds: z.number() })
const blockSize = 8 * mebibyte
/** More gains nothing. */
const concurrency = 8

/**
 * How close the engine, which reads, digests and sends, comes to the slower of sending alone and digesting alone. The
 * sink computes on the same machine: with two processors, over TLS, sending alone already takes all of both.
 */
export const uploadToSink: Benchmark = {
  name: 'upload-sink',
  summary: 'upload to a server that throws the bytes away',
  async run(context) {
    const path = modelFile(context.folder, context.size)
    const figures = [
      await compared(context, path, undefined),
      await compared(context, path, certificateFiles(join(context.folder, 'tls'))),
    ]
    rmSync(path)
    return figures
  },
}

async function compared(
  context: BenchContext,
  path: string,
  certificates: CertificateFiles | undefined,
): Promise<Figure> {
  const { programs, runs, say, size } = context
  const scheme = certificates ? 'HTTPS' : 'HTTP'
  const caFile = certificates?.caFile
  const sink = await startSink(context, certificates)
  const seconds = async (program: string, given: object): Promise<number> => {
    const args = [join(programs, `${program}.js`), JSON.stringify(given)]
    const { stdout } = await runProgram({ command: process.execPath, args })
    return timed.parse(JSON.parse(stdout)).seconds
  }
  try {
    const speed = (took: number) => size / mebibyte / took
    const url = `${sink.line}/account/models`
    const access = { kind: 'sas', token: 'sig=bench' } as const
    const medians = await interleaved({
      contenders: {
        ours: async () => speed((await ourUpload(context, { path, url, access, caFile })).seconds),
        'raw PUTs': async () => speed(await seconds('rawPutProgram', { url, size, blockSize, concurrency, caFile })),
        'SHA-256 alone': async () => speed(await seconds('digestProgram', { path, way: 'plain' })),
      },
      ...{ runs, say, unit: 'MiB/s', title: `Upload to a null sink over ${scheme}` },
    })
    const raw = medians.get('raw PUTs') ?? Number.NaN
    const digest = medians.get('SHA-256 alone') ?? Number.NaN
    return {
      name: `upload ${size / mebibyte} MiB to a null sink, ${scheme}`,
      ours: medians.get('ours') ?? Number.NaN,
      unit: 'MiB/s',
      rival: raw < digest ? 'raw node:http PUTs (slower than SHA-256 alone)' : 'SHA-256 alone (slower than raw PUTs)',
      theirs: Math.min(raw, digest),
      better: 'more',
      target: 0.75,
    }
  } finally {
    await sink.stop()
  }
}
