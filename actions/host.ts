import { tmpdir } from 'node:os'
import * as core from '@actions/core'
import type { TokenCredential } from '@azure/core-auth'
import {
  type Host,
  kebabCase,
  type Log,
  type Progress,
  type Provenance,
  plainText,
  progressText,
  SecretMask,
  type SignIn,
  type SourcePosition,
} from '../core/index.ts'
import { jobWideInput } from './jobWideInputs.ts'
import { cloudOf, parseCreds } from './login/creds.ts'
import { requireSignIn } from './login/settings.ts'
import { stepProvenance } from './provenance.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * A step of a GitHub Actions job as a host. Inputs are the step's `with`, in kebab case; what every step of a job needs
 * alike may be said once, in the job's `env` (jobWideInputs.ts).
 */
export class ActionsHost implements Host {
  readonly name = 'GitHub Actions'
  readonly signal: AbortSignal
  readonly temporaryFolder: string
  readonly #environment: Environment
  readonly #mask = new SecretMask()
  /** The titles of the groups that are open, outermost first. */
  readonly #groups: string[] = []
  /** How many of them the runner shows as open: it knows no group within a group. */
  #shown = 0
  /** What a file of older parameters says, for inputs that the step does not give. */
  #defaults: Readonly<Record<string, string>> = {}
  /** What went wrong last, as it was printed. */
  lastError: string | undefined
  #progressShownAt = Number.NEGATIVE_INFINITY
  readonly #whenSignedIn: () => void

  constructor(options: {
    readonly environment: Environment
    readonly signal: AbortSignal
    /** Hears once that Azure has let the step in, which is before anything can be changed. */
    readonly whenSignedIn?: () => void
  }) {
    const { environment, signal } = options
    let isSignedIn = false
    this.#whenSignedIn = () => {
      if (!isSignedIn) options.whenSignedIn?.()
      isSignedIn = true
    }
    this.#environment = environment
    this.signal = signal
    this.temporaryFolder = environment.RUNNER_TEMP || tmpdir()
  }

  input(key: string): string | undefined {
    const said = core.getInput(kebabCase(key)).trim() || jobWideInput(key, this.#environment) || this.#defaults[key]
    return said || (key === 'subscriptionId' || key === 'cloud' ? this.#credsInput(key) : undefined)
  }

  /** What the JSON of `creds` says about where things are, for workflows that have nothing but that. */
  #credsInput(key: 'subscriptionId' | 'cloud'): string | undefined {
    const text = core.getInput('creds').trim()
    const creds = text === '' ? undefined : parseCreds(text)
    if (creds?.kind !== 'creds') return undefined
    return key === 'cloud' ? cloudOf(creds.resourceManager) : creds.subscriptionId
  }

  /** Values of inputs that the step itself does not give. */
  fallBackOn(defaults: Readonly<Record<string, string>>): void {
    this.#defaults = defaults
  }

  spelling(key: string): string {
    return kebabCase(key)
  }

  output(key: string, value: string): void {
    core.setOutput(kebabCase(key), value)
  }

  /** Masked by the runner in all that the job prints from now on, and here in the forms that the runner does not know. */
  secret(value: string): void {
    // An empty mask, or one of an everyday word, would blacken the whole log.
    if (value.trim().length >= 4) core.setSecret(value)
    this.#mask.add(value)
  }

  async group<T>(title: string, body: () => Promise<T>): Promise<T> {
    this.#close()
    this.#groups.push(this.#harmless(title))
    this.#open()
    try {
      return await body()
    } finally {
      this.#close()
      this.#groups.pop()
    }
  }

  readonly log: Log = {
    debug: (message) => core.debug(this.#harmless(message)),
    info: (message) => this.#line(message),
    warning: (message, position) => {
      this.#open()
      core.warning(this.#harmless(message), this.#annotation(position))
    },
    error: (message, position) => {
      this.#open()
      this.lastError = this.#harmless(message)
      core.error(this.lastError, this.#annotation(position))
    },
  }

  /** At most one line in five seconds: the page of a job shows every line that was ever printed. */
  progress(progress: Progress): void {
    const now = performance.now()
    const finished = progress.total !== undefined && progress.done >= progress.total
    if (!finished && now - this.#progressShownAt < 5000) return
    this.#progressShownAt = now
    this.#line(progressText(progress))
  }

  async summary(markdown: string): Promise<void> {
    const text = `${this.#harmless(markdown).trimEnd()}\n`
    // Older GitHub Enterprise Servers have no summaries.
    if (!this.#environment.GITHUB_STEP_SUMMARY) return this.#line(text)
    await core.summary.addRaw(text, true).write()
  }

  async credential(signIn: SignIn): Promise<TokenCredential> {
    const { credentialOf } = await import('./login/credential.ts')
    const credential = await credentialOf(requireSignIn(this), { ...signIn, environment: this.#environment })
    return {
      getToken: async (...asked) => {
        const token = await credential.getToken(...asked)
        this.#whenSignedIn()
        return token
      },
    }
  }

  async provenance(): Promise<Provenance> {
    return stepProvenance(this.#environment)
  }

  #line(message: string): void {
    this.#open()
    core.info(this.#harmless(message))
  }

  #annotation(position: SourcePosition | undefined): core.AnnotationProperties {
    if (!position) return {}
    const file = this.#harmless(position.file)
    return position.line === undefined ? { file } : { file, startLine: position.line }
  }

  /** Has the runner show the innermost group as open, again if another one lay in it. */
  #open(): void {
    const depth = this.#groups.length
    if (this.#shown === depth) return
    if (this.#shown > 0) core.endGroup()
    core.startGroup(this.#groups.at(-1) ?? '')
    this.#shown = depth
  }

  #close(): void {
    if (this.#shown > 0) core.endGroup()
    this.#shown = 0
  }

  /** Masked again at the end: a secret may stand there whole only once what was strewn into it is gone. */
  #harmless(text: string): string {
    return this.#mask.apply(plainText(this.#mask.apply(text)))
  }
}
