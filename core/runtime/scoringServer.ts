import { UserError } from '../errors.ts'

/** A scoring server to run on this machine: an entry script with its models, as a managed deployment would run it. */
export interface ScoringServerSpec {
  /** For container names and messages. */
  readonly name: string
  /** Absolute. */
  readonly sourceDirectory: string
  /** Relative to `sourceDirectory`. */
  readonly entryScript: string
  /** Absolute folder laid out `<model name>/<version>/<file or folder>`. */
  readonly modelsRoot?: string
  /** With one model AZUREML_MODEL_DIR is `<root>/<name>/<version>`, with several it is the root. */
  readonly models: readonly ScoringModel[]
  readonly environmentVariables: Readonly<Record<string, string>>
  /** From the environment. The process runtime cannot use it and says so in the log. */
  readonly image?: string
  /** Absolute; standard output and standard error are appended. */
  readonly logFile: string
  /** Becomes SCORING_TIMEOUT_MS, unless the environment variables set that themselves. */
  readonly requestTimeoutMilliseconds?: number
}

export interface ScoringModel {
  readonly name: string
  readonly version: string
}

/** A scoring server that was started. */
export interface ScoringServer {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string
  /** Settles when the server ended, however it did; never rejects. The code is null after a signal. */
  readonly exited: Promise<ScoringServerExit>
  /** Resolves once the entry script is loaded. Rejects with `ScoringServerError` when the server ends before that. */
  ready(options: { readonly signal: AbortSignal }): Promise<void>
  /** Asks the server to end, and ends it by force when it has not after a few seconds. */
  stop(): Promise<void>
}

export interface ScoringServerExit {
  readonly code: number | null
}

/** A way to run scoring servers on this machine. */
export interface ScoringRuntime {
  readonly kind: 'process' | 'docker'
  /** For a person: what will run the servers. */
  readonly description: string
  start(spec: ScoringServerSpec): Promise<ScoringServer>
  /** Removes what killed owners left behind. */
  sweep?(): Promise<void>
}

/** A scoring server that did not start, or ended before it was ready. */
export class ScoringServerError extends UserError {
  override readonly name: string = 'ScoringServerError'
  readonly exitCode: number | null
  /** The line of the log that tells most: the exception, or else the last one. */
  readonly lastLogLine: string | undefined

  constructor(
    message: string,
    options: {
      readonly exitCode?: number | null
      readonly lastLogLine?: string | undefined
      readonly hint?: string | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(message, options)
    this.exitCode = options.exitCode ?? null
    this.lastLogLine = options.lastLogLine
  }
}
