import type { ServiceView } from '../snapshot.ts'
import { badge, stateTone } from './badge.ts'
import { DeploymentColours } from './deploymentColours.ts'
import { deploymentRow, type ScaledDeployment } from './deploymentRow.ts'
import { byId, element, foreign, setText } from './element.ts'
import { keyedList, type Shown } from './keyedList.ts'
import { scalesOf } from './scales.ts'
import { trafficBar } from './trafficBar.ts'

/** The services with their deployments. */
export function services(): (views: readonly ServiceView[]) => void {
  const colours = new DeploymentColours()
  return keyedList<ServiceView>({
    parent: byId('service-list'),
    key: ({ name }) => name,
    make: ({ name }) => serviceCard(name, colours),
    empty: element('p', 'card quiet', 'There is no service yet. The operation deploy makes one.'),
  })
}

function serviceCard(name: string, colours: DeploymentColours): Shown<ServiceView> {
  const state = badge()
  const address = element('code', 'address')
  const mirror = element('p', 'quiet')
  const bar = trafficBar(name, colours)
  const deployments = element('div', 'deployments')
  const heading = element('div', 'card-heading', element('h3', '', foreign(name)), state.node, address)
  const show = keyedList<ScaledDeployment>({
    parent: deployments,
    key: ({ deployment }) => `${deployment.name} ${deployment.createdAt}`,
    make: ({ deployment }) => deploymentRow(deployment, colours.of(name, deployment.name)),
    empty: element('p', 'quiet', 'It has no deployment.'),
  })
  return {
    node: element('article', 'card service', heading, bar.node, mirror, deployments),
    update: (view) => {
      state.update(view.state, stateTone(view.state))
      setText(address, view.scoringUri)
      bar.update(view.traffic)
      const copies = view.mirror.map(({ deployment, percent }) => `${deployment} ${percent} %`)
      setText(mirror, copies.length === 0 ? '' : `Mirrored to ${copies.join(', ')}`)
      mirror.hidden = copies.length === 0
      const scales = scalesOf(view.deployments)
      show(view.deployments.map((deployment) => ({ deployment, scales })))
    },
  }
}
