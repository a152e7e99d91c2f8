import { tmpdir } from 'node:os'
import {
  credentialFrom,
  type Host,
  kebabCase,
  type Log,
  type Progress,
  plainText,
  progressText,
  SecretMask,
  type SignIn,
  type SourcePosition,
  withoutCharts,
} from '../core/index.ts'
import { localProvenance } from './provenance.ts'

interface Streams {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** Variables of Azure's own clients that hold secrets. */
const secretVariables = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'] as const

/**
 * The command line as a host. Inputs are flags (`--model-version 3`), else environment variables
 * (`AZUREML_CD_MODEL_VERSION`). With `json`, standard output carries one line of outputs and nothing else.
 */
export class CliHost implements Host {
  readonly name = 'command line'
  readonly signal: AbortSignal
  readonly temporaryFolder = tmpdir()
  readonly #flags: Readonly<Record<string, string>>
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #mask = new SecretMask()
  readonly #outputs = new Map<string, string>()
  readonly #streams: Streams
  readonly #json: boolean
  readonly #debug: boolean
  #depth = 0
  #progressShownAt = 0

  constructor(options: {
    readonly flags: Readonly<Record<string, string>>
    readonly environment: Readonly<Record<string, string | undefined>>
    readonly streams: Streams
    readonly signal: AbortSignal
    readonly json: boolean
    readonly debug: boolean
  }) {
    this.#flags = options.flags
    this.#environment = options.environment
    this.#streams = options.streams
    this.#json = options.json
    this.signal = options.signal
    this.#debug = options.debug
    for (const name of secretVariables) this.secret(options.environment[name] ?? '')
  }

  input(key: string): string | undefined {
    return this.#flags[key]?.trim() || this.#environment[environmentName(key)]?.trim() || undefined
  }

  spelling(key: string): string {
    return `--${kebabCase(key)}`
  }

  output(key: string, value: string): void {
    this.#outputs.set(key, value)
  }

  /** Prints what the operation answered: a line for each output, or all of them in one line of JSON. */
  showOutputs(outputs: Readonly<Record<string, unknown>>): void {
    if (!this.#json) for (const [key, value] of this.#outputs) this.#line(`${key}: ${value}`)
    else {
      const line = JSON.stringify(outputs, (_, value) => (typeof value === 'string' ? this.#mask.apply(value) : value))
      // An agent would obey ##vso[…] within JSON too, and a terminal the controls that JSON leaves as they are;
      // escaped, they are the same text to whoever parses it.
      this.#streams.stdout(`${line.replaceAll(/#(?=#)|[\u007f-\u009f]/g, escaped)}\n`)
    }
  }

  secret(value: string): void {
    this.#mask.add(value)
  }

  async group<T>(title: string, body: () => Promise<T>): Promise<T> {
    this.#line(title)
    this.#depth += 1
    try {
      return await body()
    } finally {
      this.#depth -= 1
    }
  }

  readonly log: Log = {
    debug: (message) => {
      if (this.#debug) this.#line(message, 'stderr')
    },
    info: (message) => this.#line(message),
    warning: (message, position) => this.#line(`Warning: ${at(position)}${message}`, 'stderr'),
    error: (message, position) => this.#line(`Error: ${at(position)}${message}`, 'stderr'),
  }

  /** At most one line a second, so that a log stays readable. */
  progress(progress: Progress): void {
    const now = performance.now()
    const finished = progress.total !== undefined && progress.done >= progress.total
    if (!finished && now - this.#progressShownAt < 1000) return
    this.#progressShownAt = now
    this.#line(progressText(progress))
  }

  async summary(markdown: string): Promise<void> {
    this.#line(`\n${withoutCharts(markdown).trimEnd()}\n`)
  }

  async credential({ authorityHost, custom }: SignIn) {
    return credentialFrom(this.#environment, { authorityHost, custom })
  }

  provenance() {
    return localProvenance(this.#environment)
  }

  #line(message: string, stream: keyof Streams = this.#json ? 'stderr' : 'stdout'): void {
    const indent = '  '.repeat(this.#depth)
    // Masked again at the end: a secret may stand there whole only once what was strewn into it is gone.
    const harmless = this.#mask.apply(plainText(this.#mask.apply(message)))
    this.#streams[stream](`${harmless.replaceAll(/^(?=.)/gm, indent)}\n`)
  }
}

/** `modelVersion` → `AZUREML_CD_MODEL_VERSION`. */
export function environmentName(key: string): string {
  return `AZUREML_CD_${kebabCase(key).replaceAll('-', '_').toUpperCase()}`
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function at(position: SourcePosition | undefined): string {
  if (!position) return ''
  return position.line === undefined ? `${position.file}: ` : `${position.file}:${position.line}: `
}
