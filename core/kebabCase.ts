/** `modelVersion` → `model-version`: how flags and action inputs are spelled from the same key. */
export function kebabCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
