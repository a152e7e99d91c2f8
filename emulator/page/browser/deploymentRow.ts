import type { DeploymentView } from '../snapshot.ts'
import { badge, stateTone } from './badge.ts'
import { paint } from './deploymentColours.ts'
import { element, foreign, setText } from './element.ts'
import { figureText, latencyText } from './figureText.ts'
import type { Shown } from './keyedList.ts'
import type { Scales } from './scales.ts'
import { sparkline } from './sparkline.ts'

export interface ScaledDeployment {
  readonly deployment: DeploymentView
  readonly scales: Scales
}

/** One deployment: what it is, and beside that how it does. */
export function deploymentRow(deployment: DeploymentView, colour: number): Shown<ScaledDeployment> {
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
    update: ({ deployment: shown, scales }) => {
      const { now, requests, failed, p95 } = shown
      state.update(...stateOf(shown))
      setText(percent, `${shown.percent} % of traffic`)
      const size = `${shown.instances} ${shown.instances === 1 ? 'instance' : 'instances'}`
      setText(detail, [shown.model ?? 'no model', size].join(' · '))
      node.classList.toggle('idle', shown.percent === 0)
      const rate = { top: scales.rate, topText: figureText(scales.rate) }
      const errors = { top: scales.errors, topText: figureText(scales.errors) }
      const latency = { top: scales.latency, topText: latencyText(scales.latency) }
      plots.requests.update({ values: requests, now: figureText(now.requestsPerSecond), ...rate })
      plots.failed.update({ values: failed, now: figureText(now.failedPerSecond), ...errors })
      plots.failed.node.classList.toggle('failing', now.failedPerSecond > 0)
      plots.p95.update({ values: p95, now: latencyText(now.p95Milliseconds), ...latency })
    },
  }
}

function stateOf({ state, isUp }: DeploymentView): Parameters<ReturnType<typeof badge>['update']> {
  if (state !== 'Succeeded') return [state, stateTone(state)]
  return isUp ? ['Serving', 'good'] : ['Not running', 'bad']
}
