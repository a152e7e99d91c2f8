/** Replaces secrets in text that is about to be shown. Hosts whose platform does not mask use it. */
export class SecretMask {
  readonly #secrets = new Set<string>()

  /** Each line of a secret is masked too, and its URL-encoded form; what is shorter than 4 characters is not. */
  add(secret: string): void {
    for (const part of [secret, ...secret.split(/\r?\n/)].map((text) => text.trim()))
      if (part.length >= 4) {
        this.#secrets.add(part)
        this.#secrets.add(encodeURIComponent(part))
      }
  }

  apply(text: string): string {
    let masked = text
    // Longest first, so that no secret is left half shown because a shorter one lies within it.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length))
      masked = masked.replaceAll(secret, '***')
    return masked
  }
}
