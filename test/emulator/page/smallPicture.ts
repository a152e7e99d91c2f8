import { crc32, deflateSync, inflateSync } from 'node:zlib'

const mostColours = 64
const signature = Buffer.from('89504e470d0a1a0a', 'hex')

interface Pixels {
  readonly width: number
  readonly height: number
  /** Red, green and blue of one pixel after the other. */
  readonly colours: Uint8Array
}

/**
 * The same PNG with at most 64 colours, which is enough for a page and takes a fifth of the room. Reads what
 * browsers write: eight bits for each of three or four channels, not interlaced.
 */
export function smallPicture(png: Buffer): Buffer {
  const { width, height, colours } = decoded(png)
  const palette = paletteOf(colours)
  const nearest = new Map<number, number>()
  const rows = Buffer.alloc((width + 1) * height)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const colour = colourAt(colours, pixel)
    let index = nearest.get(colour)
    if (index === undefined) {
      index = nearestIn(palette, colour)
      nearest.set(colour, index)
    }
    rows[Math.floor(pixel / width) * (width + 1) + 1 + (pixel % width)] = index
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits, each an index into the palette.
  header.set([8, 3, 0, 0, 0], 8)
  const entries = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', entries),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function colourAt(colours: Uint8Array, pixel: number): number {
  const [red = 0, green = 0, blue = 0] = colours.subarray(pixel * 3, pixel * 3 + 3)
  return (red << 16) | (green << 8) | blue
}

/** The colours that are used most, each unlike those before it: text is many shades of few colours. */
function paletteOf(colours: Uint8Array): readonly number[] {
  const counts = new Map<number, number>()
  for (let pixel = 0; pixel < colours.length / 3; pixel += 1) {
    const colour = colourAt(colours, pixel)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const byUse = [...counts].sort(([, one], [, other]) => other - one).map(([colour]) => colour)
  const palette: number[] = []
  for (const leastDistance of [300, 100, 0])
    for (const colour of byUse) {
      if (palette.length === mostColours) return palette
      if (palette.every((other) => distance(other, colour) > leastDistance)) palette.push(colour)
    }
  return palette
}

function nearestIn(palette: readonly number[], colour: number): number {
  let best = 0
  palette.forEach((other, index) => {
    if (distance(other, colour) < distance(palette[best] ?? 0, colour)) best = index
  })
  return best
}

function distance(one: number, other: number): number {
  const channel = (shift: number): number => ((one >> shift) & 255) - ((other >> shift) & 255)
  return channel(16) ** 2 + channel(8) ** 2 + channel(0) ** 2
}

function decoded(png: Buffer): Pixels {
  const data: Buffer[] = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const body = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') [width, height, channels] = [body.readUInt32BE(0), body.readUInt32BE(4), body[9] === 6 ? 4 : 3]
    if (type === 'IDAT') data.push(body)
    at += length + 12
  }
  const lines = unfiltered(inflateSync(Buffer.concat(data)), { height, stride: width * channels, channels })
  const colours = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel += 1)
    colours.set(lines.subarray(pixel * channels, pixel * channels + 3), pixel * 3)
  return { width, height, colours }
}

/** PNG 1.2, section 6: every byte is written as its difference from its neighbours. */
function unfiltered(
  raw: Buffer,
  { height, stride, channels }: { readonly height: number; readonly stride: number; readonly channels: number },
): Uint8Array {
  const lines = new Uint8Array(height * stride)
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)]
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column
      const left = column >= channels ? (lines[at - channels] ?? 0) : 0
      const above = row > 0 ? (lines[at - stride] ?? 0) : 0
      const corner = row > 0 && column >= channels ? (lines[at - stride - channels] ?? 0) : 0
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0
      lines[at] = (raw[row * (stride + 1) + 1 + column] ?? 0) + guess
    }
  }
  return lines
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((value) => Math.abs(guess - value))
  if ((toLeft ?? 0) <= (toAbove ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left
  return (toAbove ?? 0) <= (toCorner ?? 0) ? above : corner
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(body.length, 0)
  frame.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)])
}
