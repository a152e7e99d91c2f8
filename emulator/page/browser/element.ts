type Content = string | Node | null | undefined

/** The element of the page's own document that has this id. */
export function byId(id: string): HTMLElement
export function byId<T extends HTMLElement>(id: string, type: new () => T): T
export function byId(id: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id)
  if (found instanceof type) return found
  throw new Error(`The page has no ${type.name} with the id ${id}.`)
}

/** An element with a class. Strings become text, never markup, whatever is in them. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  ...content: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...content.filter((one) => one !== null && one !== undefined))
  return made
}

/** A name or text that somebody else has chosen: its direction of writing does not spread to what stands beside it. */
export function foreign(text: string, className = ''): HTMLElement {
  return element('bdi', className, text)
}

/** A part of a drawing. */
export function drawn<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value))
  return made
}

/** Writes only what is new, so that nothing is repainted, selected anew or read out again for nothing. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value)
}
