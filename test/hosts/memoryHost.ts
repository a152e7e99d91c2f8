import { tmpdir } from 'node:os'
import {
  type Host,
  kebabCase,
  type Log,
  type Progress,
  type Provenance,
  plainText,
  SecretMask,
  type SignIn,
  type SourcePosition,
} from '../../core/index.ts'

/** One thing that was shown; `depth` counts the groups it lies in. */
export interface Shown {
  readonly kind: 'debug' | 'info' | 'warning' | 'error' | 'group' | 'progress' | 'summary'
  readonly text: string
  readonly depth: number
  readonly position?: SourcePosition | undefined
}

type Credential = Awaited<ReturnType<Host['credential']>>

/** A host that keeps everything in memory, so that a test can look at it. */
export class MemoryHost implements Host {
  readonly name = 'memory'
  readonly temporaryFolder = tmpdir()
  readonly signal: AbortSignal
  readonly shown: Shown[] = []
  readonly outputs: Record<string, string> = {}
  /** Every step of every progress, unmasked, as the operation reported it. */
  readonly steps: Progress[] = []
  readonly #inputs: Readonly<Record<string, string>>
  readonly #credential: ((signIn: SignIn) => Promise<Credential>) | undefined
  readonly #provenance: Provenance
  readonly #whenShown: (shown: Shown) => void
  readonly #mask = new SecretMask()
  #depth = 0

  constructor(
    options: {
      readonly inputs?: Readonly<Record<string, string>>
      readonly credential?: (signIn: SignIn) => Promise<Credential>
      readonly provenance?: Provenance
      readonly signal?: AbortSignal
      readonly whenShown?: (shown: Shown) => void
    } = {},
  ) {
    this.#inputs = options.inputs ?? {}
    this.#credential = options.credential
    this.#provenance = options.provenance ?? {}
    this.#whenShown = options.whenShown ?? (() => undefined)
    this.signal = options.signal ?? new AbortController().signal
  }

  /** Everything that was shown, one text a line. */
  get printed(): string {
    return this.shown.map(({ text }) => text).join('\n')
  }

  input(key: string): string | undefined {
    return this.#inputs[key]?.trim() || undefined
  }

  spelling(key: string): string {
    return `input ${kebabCase(key)}`
  }

  output(key: string, value: string): void {
    this.outputs[key] = value
  }

  secret(value: string): void {
    this.#mask.add(value)
  }

  async group<T>(title: string, body: () => Promise<T>): Promise<T> {
    this.#show('group', title)
    this.#depth += 1
    try {
      return await body()
    } finally {
      this.#depth -= 1
    }
  }

  readonly log: Log = {
    debug: (message) => this.#show('debug', message),
    info: (message) => this.#show('info', message),
    warning: (message, position) => this.#show('warning', message, position),
    error: (message, position) => this.#show('error', message, position),
  }

  progress(progress: Progress): void {
    this.steps.push(progress)
    const { label, done, total, unit } = progress
    this.#show('progress', `${label}: ${done}${total === undefined ? '' : ` of ${total}`} ${unit}`)
  }

  async summary(markdown: string): Promise<void> {
    this.#show('summary', markdown)
  }

  async credential(signIn: SignIn): Promise<Credential> {
    if (!this.#credential) throw new Error('This test host was given no credential.')
    return this.#credential(signIn)
  }

  async provenance(): Promise<Provenance> {
    return this.#provenance
  }

  #show(kind: Shown['kind'], message: string, position?: SourcePosition): void {
    const harmless = (text: string) => this.#mask.apply(plainText(this.#mask.apply(text)))
    const shown: Shown = {
      kind,
      text: harmless(message),
      depth: this.#depth,
      ...(position && { position: { ...position, file: harmless(position.file) } }),
    }
    this.shown.push(shown)
    this.#whenShown(shown)
  }
}
