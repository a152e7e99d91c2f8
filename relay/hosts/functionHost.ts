import { AsyncLocalStorage } from 'node:async_hooks'
import type { InvocationContext } from '@azure/functions'
import { credentialFrom, type Log, plainText, SecretMask, type SignIn } from '../../core/index.ts'

type Sink = Pick<InvocationContext, 'debug' | 'info' | 'warn' | 'error'>

/** A function app as the trigger needs a host: it logs to the invocation that is served, and signs in as the app. */
export class FunctionHost {
  readonly signal = new AbortController().signal
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #mask = new SecretMask()
  readonly #invocation = new AsyncLocalStorage<Sink>()

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment
  }

  /** What is logged within the work belongs to the invocation. */
  during<T>(invocation: Sink, work: () => Promise<T>): Promise<T> {
    return this.#invocation.run(invocation, work)
  }

  readonly log: Log = {
    debug: (message) => this.#write('debug', message),
    info: (message) => this.#write('info', message),
    warning: (message) => this.#write('warn', message),
    error: (message) => this.#write('error', message),
  }

  progress(): void {}

  secret(value: string): void {
    this.#mask.add(value)
  }

  async credential({ authorityHost, custom }: SignIn) {
    return await credentialFrom(this.#environment, { authorityHost, custom })
  }

  #write(level: keyof Sink, message: string): void {
    const sink: Sink = this.#invocation.getStore() ?? console
    sink[level](this.#mask.apply(plainText(this.#mask.apply(message))))
  }
}
