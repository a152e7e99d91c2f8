/** Shorter secrets are left: masking every "on" would hide the log, not the secret. */
const shortest = 4
/** Shorter pieces of base64 turn up by chance. */
const shortestBase64 = 8

/** Replaces secrets in text that is about to be shown. Hosts whose platform does not mask use it. */
export class SecretMask {
  readonly #forms = new Set<string>()
  #longestFirst: readonly string[] = []

  /** Masks the secret, each line of it, and the forms it travels in: URL-encoded, in JSON, and in base64. */
  add(secret: string): void {
    for (const part of [secret, ...secret.split(/\r\n?|\n/)].map((text) => text.trim()))
      if (part.length >= shortest) for (const form of formsOf(part)) this.#forms.add(form)
    // Longest first, so that no secret is left half shown because a shorter one lies within it.
    this.#longestFirst = [...this.#forms].sort((a, b) => b.length - a.length)
  }

  apply(text: string): string {
    let masked = text
    for (const form of this.#longestFirst) masked = masked.replaceAll(form, '***')
    return masked
  }
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((before) => base64Within(bytes, before)).filter((text) => text.length >= shortestBase64)
  return [
    secret,
    // Through its bytes, because a text cut within a character cannot be encoded.
    encodeURIComponent(bytes.toString()),
    JSON.stringify(secret).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

/**
 * What of a base64 text depends on the secret alone, when `before` bytes (modulo 3) precede it, as a user name does in
 * an Authorization header: each character holds 6 bits, and those that also hold a neighbour's are left out.
 */
function base64Within(secret: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), secret]).toString('base64')
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + secret.length) * 8) / 6))
}
