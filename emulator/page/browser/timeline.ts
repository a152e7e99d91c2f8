import type { EventView, RolloutView } from '../snapshot.ts'
import { badge } from './badge.ts'
import { byId, element, foreign, setText } from './element.ts'
import { keyedList, type Shown } from './keyedList.ts'
import { showMoment, spanText } from './moment.ts'

/** The rollouts, and beside them all that has happened. */
export function timeline(): (shown: {
  readonly rollouts: readonly RolloutView[]
  readonly events: readonly EventView[]
  readonly at: string
}) => void {
  const showRollouts = keyedList<RolloutView & { readonly at: string }>({
    parent: byId('rollout-list'),
    key: ({ service, id, begunAt }) => `${service} ${id} ${begunAt}`,
    make: rolloutItem,
    empty: element('li', 'quiet', 'None since the workspace was started.'),
  })
  const showEvents = keyedList<EventView>({
    parent: byId('event-list'),
    key: ({ number }) => String(number),
    make: eventItem,
    empty: element('li', 'quiet', 'Nothing since the workspace was started.'),
  })
  return ({ rollouts, events, at }) => {
    showRollouts(rollouts.map((rollout) => ({ ...rollout, at })))
    showEvents(events)
  }
}

const outcomes = {
  rolling: ['Rolling out', 'busy'],
  restoring: ['Taking back', 'bad'],
  promoted: ['Promoted', 'good'],
  refused: ['Refused', 'bad'],
} as const

function rolloutItem(rollout: RolloutView): Shown<RolloutView & { readonly at: string }> {
  const outcome = badge()
  const took = element('span', 'took')
  const begun = element('time', 'when quiet')
  const to = foreign(rollout.candidate)
  const from = rollout.previousModels.length > 0 ? rollout.previousModels : rollout.previous
  const way = element('p', 'way', foreign(from.join(' and ') || 'nothing'), element('span', 'arrow', ' → '), to)
  const reason = element('p', 'reason')
  const where = element('p', 'line quiet', foreign(rollout.service), begun, took)
  showMoment(begun, rollout.begunAt)
  return {
    node: element('li', '', element('div', 'card-heading', way, outcome.node), where, reason),
    update: ({ phase, candidate, candidateModel, reason: text, begunAt, endedAt, at }) => {
      const [word, tone] = outcomes[phase]
      outcome.update(word, tone)
      setText(to, candidateModel ?? candidate)
      setText(took, spanText(Date.parse(endedAt ?? at) - Date.parse(begunAt)))
      setText(reason, text ?? '')
      reason.hidden = text === null
    },
  }
}

function eventItem({ at, kind, subject, text, tone }: EventView): Shown<EventView> {
  const when = element('time', 'when quiet')
  showMoment(when, at)
  const about = element('p', 'about', element('span', 'kind', kind), foreign(subject))
  const happening = element('div', 'happening', about, element('p', 'what-happened', foreign(text)))
  const node = element('li', 'event', when, happening)
  node.dataset.tone = tone
  return { node, update: () => undefined }
}
