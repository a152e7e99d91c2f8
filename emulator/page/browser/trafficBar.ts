import type { ServiceView } from '../snapshot.ts'
import { type DeploymentColours, paint } from './deploymentColours.ts'
import { element, foreign, setAttribute, setText } from './element.ts'
import { keyedList, type Shown } from './keyedList.ts'

type Share = ServiceView['traffic'][number]

/** Who gets how much of a service's traffic, as one bar that is split. */
export function trafficBar(service: string, colours: DeploymentColours): Shown<ServiceView['traffic']> {
  const bar = element('div', 'traffic')
  setAttribute(bar, 'role', 'img')
  const show = keyedList<Share>({
    parent: bar,
    key: ({ deployment }) => deployment,
    make: ({ deployment }) => {
      const percent = element('span', 'share-percent')
      const node = element('span', 'share', foreign(deployment, 'share-name'), percent)
      paint(node, colours.of(service, deployment))
      return {
        node,
        update: ({ percent: value }) => {
          node.style.flexGrow = String(value)
          node.classList.toggle('narrow', value < 15)
          setText(percent, `${value} %`)
        },
      }
    },
    empty: element('span', 'share none', 'No deployment has traffic'),
  })
  return {
    node: bar,
    update: (traffic) => {
      show(traffic)
      const shares = traffic.map(({ deployment, percent }) => `${deployment} ${percent} %`)
      setAttribute(bar, 'aria-label', `Traffic of ${service}: ${shares.join(', ') || 'nobody'}`)
    },
  }
}
