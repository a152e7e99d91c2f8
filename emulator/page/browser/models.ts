import type { ModelView, Snapshot, VersionView } from '../snapshot.ts'
import { byId, element, foreign, setText } from './element.ts'
import { keyedList, type Shown } from './keyedList.ts'
import { versionRow } from './versionRow.ts'

/** The models with their versions. */
export function models(): (views: Snapshot['models']) => void {
  const parent = byId('model-list')
  const more = element('p', 'quiet')
  parent.after(more)
  const show = keyedList<ModelView>({
    parent,
    key: ({ name }) => name,
    make: ({ name }) => modelCard(name),
    empty: element('p', 'card quiet', 'There is no model yet. The operation register makes one.'),
  })
  return ({ total, shown }) => {
    show(shown)
    more.hidden = total <= shown.length
    setText(more, `These are the ${shown.length} models that were changed last, of ${total.toLocaleString('en')}.`)
  }
}

function modelCard(name: string): Shown<ModelView> {
  const count = element('span', 'quiet')
  const rows = element('ul', 'versions')
  const show = keyedList<VersionView>({ parent: rows, key: ({ version }) => version, make: versionRow })
  return {
    node: element('article', 'card', element('div', 'card-heading', element('h3', '', foreign(name)), count), rows),
    update: ({ versions, shown }) => {
      const all = `${versions.toLocaleString('en')} ${versions === 1 ? 'version' : 'versions'}`
      setText(count, versions > shown.length ? `${all}, ${shown.length} shown` : all)
      show(shown)
    },
  }
}
