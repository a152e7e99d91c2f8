/** What would keep somebody from finding the way through the page by a screen reader, or on a narrow screen. */
export function structureFaults(): readonly string[] {
  return [...names(), ...headings(), ...landmarks(), ...ids(), ...width()]
}

function names(): readonly string[] {
  return [...document.querySelectorAll<HTMLElement>('a, button, input, select, textarea, [role="img"], [tabindex]')]
    .filter((element) => element.checkVisibility() && element.id !== 'main')
    .filter((element) => nameOf(element).trim() === '')
    .map((element) => `No name: ${element.outerHTML.slice(0, 80)}`)
}

function nameOf(element: HTMLElement): string {
  const labelled = element.id === '' ? null : document.querySelector(`label[for="${element.id}"]`)
  return element.getAttribute('aria-label') ?? labelled?.textContent ?? element.textContent ?? ''
}

/** One heading of the first level, and none that skips a level. */
function headings(): readonly string[] {
  const levels = [...document.querySelectorAll<HTMLElement>('h1, h2, h3, h4, h5, h6')]
    .filter((heading) => heading.checkVisibility())
    .map((heading) => ({ level: Number(heading.tagName.slice(1)), text: heading.textContent }))
  const skipping = levels.filter(({ level }, index) => level > (levels[index - 1]?.level ?? 0) + 1)
  const firsts = levels.filter(({ level }) => level === 1).length
  return [
    ...skipping.map(({ text }) => `The heading "${text}" skips a level.`),
    ...(firsts === 1 ? [] : [`There are ${firsts} headings of the first level.`]),
  ]
}

function landmarks(): readonly string[] {
  const missing = ['header', 'main', 'nav[aria-label]', 'html[lang]', 'section[aria-labelledby]'].filter(
    (landmark) => document.querySelector(landmark) === null,
  )
  const live = document.querySelectorAll('[aria-live]').length
  return [
    ...missing.map((landmark) => `There is no ${landmark}.`),
    ...(live === 1 ? [] : [`There are ${live} live regions.`]),
  ]
}

function ids(): readonly string[] {
  const all = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  const twice = all.filter((id, index) => all.indexOf(id) !== index)
  const pointing = [...document.querySelectorAll('[aria-labelledby], [aria-describedby], [for]')].flatMap((element) =>
    ['aria-labelledby', 'aria-describedby', 'for'].flatMap((name) => element.getAttribute(name) ?? []),
  )
  return [
    ...twice.map((id) => `The id ${id} is there twice.`),
    ...pointing.filter((id) => !all.includes(id)).map((id) => `Nothing has the id ${id}.`),
  ]
}

function width(): readonly string[] {
  const { scrollWidth, clientWidth } = document.documentElement
  return scrollWidth > clientWidth ? [`The page is ${scrollWidth} px wide on a screen of ${clientWidth} px.`] : []
}
