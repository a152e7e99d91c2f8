import { tmpdir } from 'node:os'
import {
  type Host,
  kebabCase,
  type Log,
  type Progress,
  SecretMask,
  type SignIn,
  type SourcePosition,
} from '../core/index.ts'
import { localProvenance } from './provenance.ts'

interface Streams {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/**
 * The command line as a host. Inputs are flags (`--model-version 3`), else environment variables
 * (`AZUREML_CD_MODEL_VERSION`). With `json`, standard output carries one line of outputs and nothing else.
 */
export class CliHost implements Host {
  readonly name = 'command line'
  readonly signal: AbortSignal
  readonly temporaryFolder = tmpdir()
  readonly outputs: Record<string, string> = {}
  readonly #flags: Readonly<Record<string, string>>
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #mask = new SecretMask()
  readonly #print: (text: string) => void
  readonly #printError: (text: string) => void
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
    this.#printError = options.streams.stderr
    this.#print = options.json ? options.streams.stderr : options.streams.stdout
    this.signal = options.signal
    this.#debug = options.debug
  }

  input(key: string): string | undefined {
    return this.#flags[key]?.trim() || this.#environment[environmentName(key)]?.trim() || undefined
  }

  spelling(key: string): string {
    return `--${kebabCase(key)}`
  }

  output(key: string, value: string): void {
    this.outputs[key] = value
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
      if (this.#debug) this.#line(message, this.#printError)
    },
    info: (message) => this.#line(message),
    warning: (message, position) => this.#line(`Warning: ${at(position)}${message}`, this.#printError),
    error: (message, position) => this.#line(`Error: ${at(position)}${message}`, this.#printError),
  }

  /** At most one line a second, so that a log stays readable. */
  progress({ label, done, total, unit }: Progress): void {
    const now = performance.now()
    const finished = total !== undefined && done >= total
    if (!finished && now - this.#progressShownAt < 1000) return
    this.#progressShownAt = now
    const share = total ? ` (${Math.floor((100 * done) / total)} %)` : ''
    this.#line(`${label}: ${amount(done, unit)}${total === undefined ? '' : ` of ${amount(total, unit)}`}${share}`)
  }

  async summary(markdown: string): Promise<void> {
    this.#line(`\n${markdown.trimEnd()}\n`)
  }

  async credential({ authorityHost, custom }: SignIn) {
    const { credentialFrom } = await import('./credential.ts')
    return credentialFrom(this.#environment, { authorityHost, custom })
  }

  provenance() {
    return localProvenance(this.#environment)
  }

  #line(message: string, print = this.#print): void {
    const indent = '  '.repeat(this.#depth)
    const masked = this.#mask.apply(message)
    print(`${masked.replaceAll(/^(?=.)/gm, indent)}\n`)
  }
}

/** `modelVersion` → `AZUREML_CD_MODEL_VERSION`. */
export function environmentName(key: string): string {
  return `AZUREML_CD_${kebabCase(key).replaceAll('-', '_').toUpperCase()}`
}

function at(position: SourcePosition | undefined): string {
  if (!position) return ''
  return position.line === undefined ? `${position.file}: ` : `${position.file}:${position.line}: `
}

function amount(value: number, unit: Progress['unit']): string {
  if (unit === 'bytes') return `${(value / 2 ** 20).toFixed(1)} MiB`
  return unit === 'seconds' ? `${Math.round(value)} s` : `${value} ${unit}`
}
