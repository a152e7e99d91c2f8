// What a bundle is made of, as a CycloneDX 1.5 document, for those who look for packages with known faults.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolders } from './licences.mjs'

/**
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @param {{ name: string, version: string }} product
 */
export function sbomOf(metafiles, product) {
  const components = packageFolders(metafiles).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    return {
      ...{ type: 'library', 'bom-ref': purl, name, version, purl },
      ...(typeof license === 'string' && { licenses: [{ expression: license }] }),
    }
  })
  const unique = [...new Map(components.map((component) => [component.purl, component])).values()]
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': product.name, ...product } },
    components: unique.sort((one, other) => (one.purl < other.purl ? -1 : 1)),
    dependencies: [{ ref: product.name, dependsOn: unique.map(({ purl }) => purl) }],
  }
}
