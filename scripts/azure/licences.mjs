// The licences of the packages that a bundle contains, as one text: Node.js runs bundles without their packages' files.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The folders of the packages whose files are in bundles.
 * @param {readonly import('esbuild').Metafile[]} metafiles
 */
export function packageFolders(metafiles) {
  const folders = new Set(
    metafiles
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  )
  return [...folders].sort()
}

/**
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @param {string} who
 * @returns {string}
 */
export function licencesOf(metafiles, who = 'The tasks of azureml-cd contain') {
  const parts = packageFolders(metafiles).map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((candidate) => /^licen[cs]e/i.test(candidate))
    const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : undefined
    if (text === undefined && !license) throw new Error(`${name} is bundled and has no licence.`)
    const holder = typeof author === 'object' ? author?.name : author
    return { key: `${name}@${version}`, text: text ?? `${license} license. ${holder ?? ''}`.trim() }
  })
  const unique = new Map(parts.map(({ key, text }) => [key, text]))
  return [
    `${who} the following packages, under their own licences.`,
    ...[...unique].map(([key, text]) => `${'-'.repeat(80)}\n${key}\n\n${text}`),
    '',
  ].join('\n\n')
}
