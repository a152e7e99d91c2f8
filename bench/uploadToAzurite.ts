import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ContainerSASPermissions } from '@azure/storage-blob'
import { openContainer } from '../core/azure/blobs.ts'
import { trustingHttpClient } from '../core/azure/httpClient.ts'
import { azcopyUpload, findAzcopy } from './azcopy.ts'
import { startAzurite } from './azuriteServer.ts'
import { type BenchContext, type Benchmark, type Figure, mebibyte } from './benchmark.ts'
import { type CertificateFiles, certificateFiles } from './certificateFiles.ts'
import { type Contender, interleaved } from './interleaved.ts'
import { modelFile } from './modelFile.ts'
import { ourUpload } from './ourUpload.ts'

/** Both are timed as whole processes. Ours digests what it sends, azcopy does not. */
export const uploadToAzurite: Benchmark = {
  name: 'upload-azurite',
  summary: 'upload to an Azurite that was started for it',
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
  const { runs, say, size } = context
  const scheme = certificates ? 'HTTPS' : 'HTTP'
  const azcopy = await findAzcopy(context)
  const ours: Contender = () =>
    throughFreshAzurite(context, certificates, async ({ url, accountName, key }) => {
      const access = { kind: 'account-key', accountName, key } as const
      const { processSeconds } = await ourUpload(context, { path, url, access, caFile: certificates?.caFile })
      return size / mebibyte / processSeconds
    })
  const theirs: Contender = () =>
    throughFreshAzurite(context, certificates, async ({ target, folder }) => {
      if (azcopy.kind === 'missing') return Number.NaN
      const { command } = azcopy
      const seconds = await azcopyUpload({ command, path, target, folder, caFile: certificates?.caFile })
      return size / mebibyte / seconds
    })
  const title = `Upload to Azurite over ${scheme}`
  const contenders = azcopy.kind === 'there' ? { ours, azcopy: theirs } : { ours }
  const medians = await interleaved<string>({ contenders, runs, unit: 'MiB/s', title, say })
  return {
    name: `upload ${size / mebibyte} MiB to Azurite, ${scheme}`,
    ours: medians.get('ours') ?? Number.NaN,
    unit: 'MiB/s',
    rival: azcopy.kind === 'there' ? azcopy.version : `azcopy (not measured: ${azcopy.reason})`,
    theirs: medians.get('azcopy'),
    better: 'more',
    target: 1.5,
  }
}

interface Place {
  /** The container's address. */
  readonly url: string
  readonly accountName: string
  readonly key: string
  /** A blob's address with a signature. */
  readonly target: string
  readonly folder: string
}

// One that has taken a gigabyte already is half as fast, so each upload has its own.
async function throughFreshAzurite(
  context: BenchContext,
  certificates: CertificateFiles | undefined,
  upload: (place: Place) => Promise<number>,
): Promise<number> {
  const folder = mkdtempSync(join(context.folder, 'azurite-'))
  const azurite = await startAzurite(certificates)
  try {
    const { accountName, key } = azurite
    const url = `${azurite.url}/models`
    const access = { kind: 'account-key', accountName, key } as const
    const httpClient = certificates && trustingHttpClient([readFileSync(certificates.caFile, 'utf8')])
    const { client } = await openContainer({ url, access, httpClient })
    await client.create()
    const target = await client.getBlobClient('model.bin').generateSasUrl({
      permissions: ContainerSASPermissions.parse('rcw'),
      expiresOn: new Date(Date.now() + 3_600_000),
    })
    return await upload({ url, accountName, key, target, folder })
  } finally {
    await azurite.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
