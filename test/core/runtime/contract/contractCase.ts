import type { Exchange } from '../exchange.ts'

/** What azureml-inference-server-http 1.5.1 answers, and so what the stand-in must. */
export interface ContractCase {
  readonly title: string
  readonly send: Exchange
  readonly status: number
  /** The whole body; a RegExp where the wording is the server's own. */
  readonly body: string | RegExp
  /** Headers that must be there with this value, or (null) must not be there. `<id>` and `<ms>` stand for any. */
  readonly headers?: Readonly<Record<string, string | null>>
}

export interface ContractScript {
  readonly title: string
  readonly script: string
  readonly files?: Readonly<Record<string, string>>
  readonly environmentVariables?: Readonly<Record<string, string>>
  /** True when the script needs Python packages that a bare Python has not. */
  readonly needsPackages?: boolean
  readonly cases: readonly ContractCase[]
}

/** Headers of every JSON answer of run(). */
export const answered: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'x-ms-run-function-failed': 'False',
  'x-ms-run-fn-exec-ms': '<ms>',
}
/** Headers of an answer that run() had no part in. */
export const refused: Readonly<Record<string, string | null>> = {
  'content-type': 'application/json',
  'x-ms-run-function-failed': 'False',
  'x-ms-run-fn-exec-ms': null,
}
export const json: Readonly<Record<string, string>> = { 'content-type': 'application/json' }
export const page: Readonly<Record<string, string>> = { 'content-type': 'text/html; charset=utf-8' }
