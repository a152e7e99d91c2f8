import type { DeploymentView } from '../snapshot.ts'
import { badge, stateTone } from './badge.ts'
import { paint } from './deploymentColours.ts'
import { element, foreign, setText } from './element.ts'
import { figureText, latencyText } from './figureText.ts'
import type { Shown } from './keyedList.ts'
import { sparkline } from './sparkline.ts'

/** One deployment: what it is, and beside that how it does. */
export function deploymentRow(deployment: DeploymentView, colour: number): Shown<DeploymentView> {
  const state = badge()
  const detail = element('p', 'quiet')
  const percent = element('span', 'percent')
  const plots = {
    requests: sparkline('Requests/s', 'area'),
    failed: sparkline('Errors/s', 'bars'),
    p95: sparkline('p95 latency', 'line'),
  }
  const swatch = element('span', 'swatch')
  swatch.ariaHidden = 'true'
  const heading = element('h4', '', swatch, foreign(deployment.name))
  const what = element('div', 'what', heading, element('p', 'line', percent, state.node), detail)
  const node = element('article', 'deployment', what, plots.requests.node, plots.failed.node, plots.p95.node)
  paint(node, colour)
  return {
    node,
    update: (shown) => {
      const { now, requests, failed, p95 } = shown
      state.update(...stateOf(shown))
      setText(percent, `${shown.percent} % of traffic`)
      const size = `${shown.instances} ${shown.instances === 1 ? 'instance' : 'instances'}`
      setText(detail, [shown.model ?? 'no model', size].join(' · '))
      node.classList.toggle('idle', shown.percent === 0)
      plots.requests.update({ values: requests, now: figureText(now.requestsPerSecond), atLeast: 5, top: figureText })
      plots.failed.update({ values: failed, now: figureText(now.failedPerSecond), atLeast: 5, top: figureText })
      plots.failed.node.classList.toggle('failing', now.failedPerSecond > 0)
      plots.p95.update({ values: p95, now: latencyText(now.p95Milliseconds), atLeast: 5, top: latencyText })
    },
  }
}

function stateOf({ state, isUp }: DeploymentView): Parameters<ReturnType<typeof badge>['update']> {
  if (state !== 'Succeeded') return [state, stateTone(state)]
  return isUp ? ['Serving', 'good'] : ['Not running', 'bad']
}
