import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Ended, Product } from '../operations/product.ts'

/** A service's files in a folder of the product's: `inferenceconfig.json` and what it names. */
export async function serviceFolder(
  product: Product,
  options: { readonly files: Readonly<Record<string, string>>; readonly configuration: unknown },
): Promise<string> {
  const folder = await product.folder()
  const files = { ...options.files, 'inferenceconfig.json': JSON.stringify(options.configuration) }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

/** Packages the service of a folder. */
export function packaged(
  product: Product,
  folder: string,
  image: string,
  more: readonly string[] = [],
): Promise<Ended> {
  const config = join(folder, 'inferenceconfig.json')
  return product.done(['package', '--inference-config', config, '--image', image, ...more])
}

/** What builds on this machine must trust besides what everybody trusts, as its other programs are told. */
export const extraCertificates = process.env.PIP_CERT ?? process.env.SSL_CERT_FILE ?? process.env.REQUESTS_CA_BUNDLE

/** A base image that brings the server, used as it is. */
export function ownBase(image: string) {
  return { docker: { baseImage: image }, python: { userManagedDependencies: true } }
}
