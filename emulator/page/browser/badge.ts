import { element, setText } from './element.ts'

export type Tone = 'plain' | 'busy' | 'good' | 'bad'

/** A word about a state, with a sign beside it: colour is never the only thing that tells. */
export function badge(): { readonly node: HTMLElement; readonly update: (text: string, tone: Tone) => void } {
  const word = element('span')
  const node = element('span', 'badge', word)
  return {
    node,
    update: (text, tone) => {
      node.dataset.tone = tone
      setText(word, text)
    },
  }
}

export function stateTone(state: string): Tone {
  if (state === 'Succeeded') return 'good'
  return state === 'Failed' ? 'bad' : 'busy'
}
