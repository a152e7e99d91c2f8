/** The few shapes of DER (ITU-T X.690) that a certificate is made of. */

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = Buffer.from(content.length.toString(16).replace(/^(.(?:..)*)$/, '0$1'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content])
}

export const der = {
  sequence: (...items: readonly Uint8Array[]): Buffer => element(0x30, ...items),
  set: (...items: readonly Uint8Array[]): Buffer => element(0x31, ...items),
  /** Big-endian and not negative. */
  integer: (bytes: Uint8Array): Buffer =>
    element(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes),
  boolean: (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0])),
  /** `unused` counts the bits at the end that do not belong to it. */
  bitString: (bytes: Uint8Array, unused = 0): Buffer => element(0x03, Buffer.from([unused]), bytes),
  octetString: (bytes: Uint8Array): Buffer => element(0x04, bytes),
  text: (text: string): Buffer => element(0x0c, Buffer.from(text)),
  identifier,
  time,
  /** `[number]` around others. */
  tagged: (number: number, ...items: readonly Uint8Array[]): Buffer => element(0xa0 | number, ...items),
  /** `[number]` instead of a string's own tag. */
  taggedString: (number: number, bytes: Uint8Array): Buffer => element(0x80 | number, bytes),
}

/** `1.2.840.10045.4.3.2`, for instance. */
function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift(0x80 | (left & 0x7f))
  return digits
}

/** Years from 2050 on have four digits and another tag (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050 ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}
