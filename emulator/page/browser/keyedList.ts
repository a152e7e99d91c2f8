/** One item as the page shows it; `update` brings what is shown up to date. */
export interface Shown<T> {
  readonly node: HTMLElement
  readonly update: (item: T) => void
}

/**
 * Keeps the children of a parent in step with a list: what stays is updated in place, so that focus, selection and
 * opened details survive, and only what is new is made.
 */
export function keyedList<T>(options: {
  readonly parent: HTMLElement
  readonly key: (item: T) => string
  readonly make: (item: T) => Shown<T>
  /** Stands there while there is nothing. */
  readonly empty?: HTMLElement
}): (items: readonly T[]) => void {
  const { parent, key, make, empty } = options
  let shown = new Map<string, Shown<T>>()
  return (items) => {
    const next = new Map<string, Shown<T>>()
    for (const item of items) {
      const one = shown.get(key(item)) ?? make(item)
      one.update(item)
      next.set(key(item), one)
    }
    for (const [name, { node }] of shown) if (!next.has(name)) node.remove()
    shown = next
    const wanted = [...next.values()].map(({ node }) => node)
    if (wanted.length === 0 && empty !== undefined) wanted.push(empty)
    else empty?.remove()
    wanted.forEach((node, index) => {
      const present = parent.children[index]
      if (present !== node) parent.insertBefore(node, present ?? null)
    })
  }
}
