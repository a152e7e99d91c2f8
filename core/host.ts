import type { TokenCredential } from '@azure/core-auth'
import type { SourcePosition } from './errors.ts'

/** How far a long step is. `total` is missing when it is not known; `unit` is what is counted. */
export interface Progress {
  readonly label: string
  readonly done: number
  readonly total?: number | undefined
  readonly unit: 'bytes' | 'seconds' | 'files' | 'requests'
}

/** Where a run came from; every field is known only on some hosts. */
export interface Provenance {
  readonly repository?: string | undefined
  readonly commit?: string | undefined
  readonly runUrl?: string | undefined
  readonly actor?: string | undefined
}

export interface Log {
  debug(message: string): void
  info(message: string): void
  /** `position` points at a fault in a file of the user's; lines count from 1. */
  warning(message: string, position?: SourcePosition): void
  error(message: string, position?: SourcePosition): void
}

/** What the credential must know about the cloud it signs in to. */
export interface SignIn {
  /** For instance `https://login.microsoftonline.com`. */
  readonly authorityHost: string
  /** True for clouds that Microsoft's instance discovery does not know. */
  readonly custom: boolean
}

/**
 * What an operation may ask of the place it runs in: a command line, a GitHub Actions step, an Azure Pipelines task.
 * Text passed to `log`, `group`, `progress` and `summary` may come from remote systems: a host makes sure that it
 * cannot issue commands of that host, and that no value passed to `secret` is ever printed.
 */
export interface Host {
  readonly name: string
  /** The input's value without surrounding white space; undefined when missing or empty. `key` is camelCase. */
  input(key: string): string | undefined
  /** The input as the user writes it here: `--model-version`, `model-version`, `modelVersion`. */
  spelling(key: string): string
  output(key: string, value: string): void
  /** From now on this value is masked in everything that is printed. */
  secret(value: string): void
  group<T>(title: string, body: () => Promise<T>): Promise<T>
  readonly log: Log
  progress(progress: Progress): void
  /** Adds Markdown to the page a person reads after the run. Where charts in Mermaid are not drawn, they are left out. */
  summary(markdown: string): Promise<void>
  credential(signIn: SignIn): Promise<TokenCredential>
  provenance(): Promise<Provenance>
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal
  readonly temporaryFolder: string
}
