import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { blockSizeFor } from '../core/azure/upload.ts'
import { type BenchContext, type Benchmark, type Figure, mebibyte } from './benchmark.ts'
import { type CertificateFiles, certificateFiles } from './certificateFiles.ts'
import { median } from './interleaved.ts'
import { modelFile, sparseFile } from './modelFile.ts'
import { ourUpload } from './ourUpload.ts'
import { startSink } from './sink.ts'

/** 50,000 blocks of 8 MiB: the largest file that is sent in blocks of the usual size. */
const largest = 390 * 1024 * mebibyte

/** By then every buffer is in use. What is kept of each block, its id, adds a few MiB up to the last; `--full` sees it. */
const plateauBlocks = 500

/** The most memory that the uploading process holds, against the limit that we promise. */
export const peakMemoryOfUpload: Benchmark = {
  name: 'memory',
  summary: 'peak memory of the uploading process',
  async run(context) {
    const certificates = certificateFiles(join(context.folder, 'tls'))
    return [
      ...(await measured(context, { scheme: 'HTTP', certificates: undefined, limit: 150 })),
      ...(await measured(context, { scheme: 'HTTPS', certificates, limit: 180 })),
    ]
  },
}

async function measured(
  context: BenchContext,
  transport: {
    readonly scheme: string
    readonly certificates: CertificateFiles | undefined
    readonly limit: number
  },
): Promise<readonly Figure[]> {
  const { folder, full, runs, say, size } = context
  const { scheme, certificates, limit } = transport
  const sink = await startSink(context, certificates)
  const peakOf = async (path: string, times: number, stopAfter?: number): Promise<number> => {
    const peaks: number[] = []
    for (let run = 1; run <= times; run += 1) {
      const { peakMemory, sent } = await ourUpload(context, {
        ...{ path, url: `${sink.line}/account/models`, access: { kind: 'sas', token: 'sig=bench' }, stopAfter },
        caFile: certificates?.caFile,
      })
      say(
        `Peak memory over ${scheme}, run ${run} of ${times}: ${mebibytes(peakMemory)} MiB for ${mebibytes(sent)} MiB sent`,
      )
      peaks.push(peakMemory / mebibyte)
    }
    return median(peaks)
  }
  const figure = (name: string, ours: number): Figure => ({
    ...{ name, ours, unit: 'MiB', rival: `limit of ${limit} MiB`, theirs: limit, better: 'less', target: 1 },
  })
  try {
    const model = modelFile(folder, size)
    const sparse = sparseFile(folder, largest)
    const beginning = plateauBlocks * blockSizeFor(largest)
    const figures = [
      figure(`peak memory, ${mebibytes(size)} MiB, ${scheme}`, await peakOf(model, runs)),
      full
        ? figure(`peak memory, 390 GiB, ${scheme}`, await peakOf(sparse, 1))
        : figure(
            `peak memory, 390 GiB (the first ${plateauBlocks} blocks), ${scheme}`,
            await peakOf(sparse, 1, beginning),
          ),
    ]
    rmSync(model)
    rmSync(sparse)
    return figures
  } finally {
    await sink.stop()
  }
}

function mebibytes(bytes: number): string {
  return (bytes / mebibyte).toFixed(0)
}
