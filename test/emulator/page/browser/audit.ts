import { contrastFaults } from './contrast.ts'
import { structureFaults } from './structure.ts'

/** What tests ask of a page from inside; every answer is a list of what is wrong. */
Object.assign(globalThis, { audit: { contrastFaults, structureFaults, focused } })

/** What has the focus now, as a person would call it, and whether that can be seen. */
function focused(): { readonly name: string; readonly isMarked: boolean } {
  const at = document.activeElement
  if (!(at instanceof HTMLElement) || at === document.body) return { name: '', isMarked: false }
  const style = getComputedStyle(at)
  const label = at.getAttribute('aria-label') ?? (at.id === '' ? null : labelOf(at.id))
  const text = label ?? at.textContent?.trim().replaceAll(/\s+/g, ' ') ?? ''
  return {
    name: `${at.tagName.toLowerCase()} ${text}`,
    isMarked: style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2,
  }
}

function labelOf(id: string): string | null {
  return document.querySelector(`label[for="${id}"]`)?.textContent ?? null
}
