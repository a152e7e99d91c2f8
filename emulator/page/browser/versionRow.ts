import type { Field, VersionView } from '../snapshot.ts'
import { badge } from './badge.ts'
import { element, foreign, setText } from './element.ts'
import type { Shown } from './keyedList.ts'
import { showMoment } from './moment.ts'

/** One version of a model: the essentials in a line, everything else behind it. */
export function versionRow(version: VersionView): Shown<VersionView> {
  const state = badge()
  const when = element('time', 'when quiet')
  const digest = element('code', 'digest')
  const tags = element('span', 'tags')
  const more = element('dl', 'fields')
  const number = element('span', 'version', foreign(version.version))
  const summary = element('summary', '', number, state.node, digest, tags, when)
  const node = element('li', '', element('details', '', summary, more))
  let written = ''
  return {
    node,
    update: (shown) => {
      if (shown.isArchived) state.update('Archived', 'plain')
      else if (shown.deployedAs.length > 0) state.update('Deployed', 'good')
      else state.update('Registered', 'plain')
      showMoment(when, shown.registeredAt)
      setText(digest, shown.digest === '' ? 'no digest' : shown.digest.slice(0, 12))
      const now = JSON.stringify(shown)
      if (now === written) return
      written = now
      const places = shown.deployedAs.slice(0, 2).map((place) => ({ name: 'deployment', value: place }))
      const commit = shown.provenance.filter(({ name }) => name === 'commit').map(({ value }) => value.slice(0, 10))
      const chips = [...places, ...commit.map((value) => ({ name: 'commit', value })), ...shown.tags.slice(0, 4)]
      tags.replaceChildren(...chips.map(tag))
      more.replaceChildren(...fieldsOf(shown).flatMap(field))
    },
  }
}

function tag({ name, value }: Field): HTMLElement {
  return element('span', 'tag', foreign(name, 'tag-name'), foreign(value, 'tag-value'))
}

function fieldsOf(version: VersionView): readonly Field[] {
  const { digest, description, type, uri, provenance, deployedAs } = version
  return [
    { name: 'Digest', value: digest },
    { name: 'Description', value: description },
    ...deployedAs.map((value) => ({ name: 'Deployed as', value })),
    ...provenance.map(({ name, value }) => ({ name: provenanceTitles[name] ?? name, value })),
    ...version.tags.map(({ name, value }) => ({ name: `Tag ${name}`, value })),
    ...version.properties.map(({ name, value }) => ({ name, value })),
    { name: 'Type', value: type },
    { name: 'Files', value: uri },
  ].filter(({ value }) => value !== '')
}

const provenanceTitles: Readonly<Record<string, string>> = {
  repository: 'Repository',
  commit: 'Commit',
  actor: 'Actor',
  runUrl: 'Pipeline run',
}

function field({ name, value }: Field): readonly HTMLElement[] {
  return [element('dt', '', foreign(name)), element('dd', '', linked(value))]
}

/** An address of the web can be followed; it learns nothing of this page. */
function linked(value: string): HTMLElement {
  if (!/^https:\/\/[^\s]+$/.test(value)) return foreign(value)
  const link = element('a', '', foreign(value))
  link.href = value
  link.rel = 'noreferrer noopener'
  link.target = '_blank'
  return link
}
