type Colour = readonly [red: number, green: number, blue: number, alpha: number]

/** Every visible text whose contrast with what is behind it is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
export function contrastFaults(): readonly string[] {
  const faults: string[] = []
  let checked = 0
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement
    if (parent === null || node.textContent?.trim() === '' || !parent.checkVisibility()) continue
    if (['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION'].includes(parent.tagName)) continue
    checked += 1
    const behind = backgroundOf(parent)
    const ratio = contrast(over(colourOf(getComputedStyle(parent).color), behind), behind)
    if (ratio < 4.5) faults.push(`${ratio.toFixed(2)}: "${node.textContent?.trim().slice(0, 40)}"`)
  }
  return checked === 0 ? ['There is no text.'] : faults
}

/** Drawn on a canvas, which understands every way of writing a colour. */
function colourOf(text: string): Colour {
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
  if (context === null) throw new Error('There is no canvas.')
  context.fillStyle = text
  context.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
  return [red, green, blue, alpha / 255]
}

function backgroundOf(element: Element): Colour {
  const layers: Colour[] = []
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const layer = colourOf(getComputedStyle(at).backgroundColor)
    layers.unshift(layer)
    if (layer[3] === 1) break
  }
  return layers.reduce((below, layer) => over(layer, below), [255, 255, 255, 1])
}

function over([red, green, blue, alpha]: Colour, [r, g, b]: Colour): Colour {
  const mix = (above: number, below: number): number => above * alpha + below * (1 - alpha)
  return [mix(red, r), mix(green, g), mix(blue, b), 1]
}

function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance([red, green, blue]: Colour): number {
  const linear = (channel: number): number => {
    const value = channel / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}
