import type { EventView } from '../snapshot.ts'
import { byId, setText } from './element.ts'

/** Reads out what somebody who waits for a rollout wants to hear, and nothing else: rollouts and failures. */
export function announcer(): (events: readonly EventView[]) => void {
  const announcement = byId('announcement')
  let heard: number | undefined
  return (events) => {
    const newest = events[0]?.number ?? 0
    const since = heard
    heard = newest
    // What was there when the page was opened, or before a restart of the workspace, is no news.
    if (since === undefined || newest < since) return
    const news = events.filter(({ number, kind, tone }) => number > since && (kind === 'rollout' || tone === 'bad'))
    if (news.length === 0) return
    const sentences = news.map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`)
    setText(announcement, sentences.reverse().slice(-3).join(' '))
  }
}
