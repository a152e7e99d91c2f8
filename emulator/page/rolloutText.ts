import type { RolloutView } from './snapshot.ts'

/** One turn of a rollout, as a sentence. */
export function rolloutText({ candidate, candidateModel, previous, phase, reason }: RolloutView): string {
  const which = candidateModel === null ? candidate : `${candidateModel} (${candidate})`
  switch (phase) {
    case 'rolling':
      return previous.length === 0
        ? `A rollout of ${which} began.`
        : `A rollout of ${which} began, to follow ${previous.join(' and ')}.`
    case 'restoring':
      return `The rollout of ${which} is being taken back.${reason === null ? '' : ` ${reason}`}`
    case 'promoted':
      return `${which} was promoted.`
    case 'refused':
      return `${which} was refused.${previous.length === 0 ? '' : ` ${previous.join(' and ')} serves as before.`}`
  }
}
