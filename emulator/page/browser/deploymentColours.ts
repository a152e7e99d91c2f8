const colours = 6

/**
 * Which colour a deployment has, 0 to 5: one for as long as the page is open, and different from those beside it
 * while there are no more than six.
 */
export class DeploymentColours {
  readonly #known = new Map<string, Map<string, number>>()

  of(service: string, deployment: string): number {
    const known = this.#known.get(service) ?? new Map<string, number>()
    this.#known.set(service, known)
    const colour = known.get(deployment) ?? known.size % colours
    known.set(deployment, colour)
    return colour
  }
}

/** Paints by a class, for the style knows the colours of light and dark. */
export function paint(node: Element, colour: number): void {
  for (let other = 0; other < colours; other += 1) node.classList.toggle(`colour-${other}`, other === colour)
}
