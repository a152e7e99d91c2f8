import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Host,
  InputError,
  type Log,
  type Operation,
  type Outcome,
  type Progress,
  plainText,
  progressText,
  SecretMask,
  type SignIn,
  type SourcePosition,
  withoutCharts,
} from '../core/index.ts'
import { agent } from './agent.ts'
import { type AzureConnection, readConnection, workspaceInId } from './connection.ts'
import { isFileInput } from './inputType.ts'
import { IssueBudget, longestIssue } from './issues.ts'
import type { MessageKey } from './messages.ts'
import { pipelineProvenance } from './provenance.ts'
import { proxyVariables } from './proxy.ts'

/** Inputs of an operation that are made of what the task is given under other names. */
export type DerivedInputs = ReadonlyMap<string, (given: (name: string) => string | undefined) => string | undefined>

/** The input that names the service connection; it belongs to this host, no operation has it. */
export const connectionInput = 'connection'

/** Longer values do not fit into an environment variable of every agent. */
const longestOutput = 32_000

/** Masking shorter ones would hide the log, not the secret. */
const shortestSecret = 4

const results = {
  done: { result: 'Succeeded', message: undefined },
  'bad-input': { result: 'Failed', message: 'BadInput' },
  refused: { result: 'Failed', message: 'Refused' },
  failed: { result: 'Failed', message: 'Failed' },
} as const satisfies Record<Outcome['kind'], { readonly result: string; readonly message: MessageKey | undefined }>

/**
 * An Azure Pipelines task as a host. What the service connection knows (cloud, subscription, and the workspace when it
 * was made for one) stands in for inputs that are not given.
 */
export class TaskHost implements Host {
  readonly name = 'Azure Pipelines'
  readonly signal: AbortSignal
  readonly temporaryFolder = agent.variable('Agent.TempDirectory') ?? tmpdir()
  readonly #operation: Operation
  readonly #derived: DerivedInputs
  readonly #mask = new SecretMask()
  readonly #issues = new IssueBudget()
  readonly #summaryFile: string
  #connection: AzureConnection | undefined
  #depth = 0
  #progressShownAt = { page: Number.NEGATIVE_INFINITY, log: Number.NEGATIVE_INFINITY }
  #hasSummary = false
  #hadErrors = false
  #isLastError = false

  constructor(options: {
    readonly operation: Operation
    readonly signal: AbortSignal
    /** Inputs that are made of others here. */
    readonly derived?: DerivedInputs | undefined
  }) {
    const { operation, signal, derived = new Map() } = options
    this.#operation = operation
    this.#derived = derived
    this.signal = signal
    // Attachments of one run with the same name replace each other.
    this.#summaryFile = join(this.temporaryFolder, `azureml-${operation.name}-${randomUUID()}.md`)
    const accessToken = agent.accessToken()
    if (accessToken !== undefined) this.secret(accessToken)
    this.#useProxy()
  }

  input(key: string): string | undefined {
    const derived = this.#derived.get(key)
    if (derived) return derived(agent.input)
    if (isFileInput(this.#operation, key) && !agent.isFileGiven(key)) return undefined
    switch (key) {
      case 'cloud':
        return this.#connected().cloud
      case 'subscriptionId':
      case 'resourceGroup':
      case 'workspace':
        return workspaceInId(agent.input('workspace'))?.[key] ?? agent.input(key) ?? this.#connected()[key]
      default:
        return agent.input(key)
    }
  }

  spelling(key: string): string {
    return key
  }

  output(key: string, value: string): void {
    if (Buffer.byteLength(value) > longestOutput) {
      this.log.warning(agent.message('OutputTooLong', key, longestOutput))
      return
    }
    // A variable keeps its value, so one with a secret within is made a secret as a whole.
    const isSecret = this.#mask.apply(value) !== value && !/[\r\n]/.test(value)
    const shown = isSecret || this.#mask.apply(value) === value ? value : this.#mask.apply(value)
    if (isSecret) this.secret(value)
    agent.command('task.setvariable', { variable: key, isOutput: 'true', issecret: String(isSecret) }, shown)
  }

  secret(value: string): void {
    this.#mask.add(value)
    // The agent masks line by line.
    for (const line of value.split(/\r\n?|\n/)) {
      const secret = line.trim()
      if (secret.length >= shortestSecret) agent.command('task.setsecret', {}, secret)
    }
  }

  /** Groups cannot lie in groups here; the titles of inner ones are lines. */
  async group<T>(title: string, body: () => Promise<T>): Promise<T> {
    const [first = '', ...rest] = this.#harmless(title).split('\n')
    this.#print(this.#depth === 0 ? `##[group]${first}` : first)
    for (const line of rest) this.#print(line)
    this.#depth += 1
    try {
      return await body()
    } finally {
      this.#depth -= 1
      if (this.#depth === 0) this.#print('##[endgroup]')
    }
  }

  readonly log: Log = {
    debug: (message) => agent.command('task.debug', {}, this.#harmless(message)),
    info: (message) => this.#print(this.#harmless(message)),
    warning: (message, position) => this.#issue('warning', message, position),
    error: (message, position) => this.#issue('error', message, position),
  }

  /** The page of the run hears of it once a second, the log four times a minute, so that it stays readable. */
  progress(progress: Progress): void {
    const { done, total } = progress
    const now = performance.now()
    const finished = total !== undefined && done >= total
    const text = this.#harmless(progressText(progress)).replaceAll('\n', ' ')
    if (total && (finished || now - this.#progressShownAt.page >= 1000)) {
      this.#progressShownAt.page = now
      const value = Math.min(100, Math.floor((100 * done) / total))
      agent.command('task.setprogress', { value: String(value) }, text)
    }
    if (finished || now - this.#progressShownAt.log >= 15_000) {
      this.#progressShownAt.log = now
      this.#print(text)
    }
  }

  async summary(markdown: string): Promise<void> {
    // Azure DevOps shows the source of a chart instead of the chart.
    await appendFile(this.#summaryFile, `${this.#harmless(withoutCharts(markdown)).trimEnd()}\n\n`)
    this.#hasSummary = true
  }

  async credential(signIn: SignIn) {
    const { credentialOf } = await import('./credential.ts')
    return credentialOf(this.#connected(), {
      signIn,
      accessToken: agent.accessToken(),
      oidcRequestUri: agent.variable('System.OidcRequestUri'),
      secret: (value) => this.secret(value),
    })
  }

  async provenance() {
    return pipelineProvenance(agent.variable)
  }

  /** From now on an error is the one that the run ends with. */
  endsWithNextError(): void {
    this.#isLastError = true
  }

  /** Hands over the summary and tells the agent how the run ended. */
  async complete(outcome: Outcome['kind']): Promise<void> {
    if (this.#hasSummary) agent.command('task.uploadsummary', {}, this.#summaryFile)
    const { result, message } =
      outcome === 'done' && this.#hadErrors
        ? ({ result: 'SucceededWithIssues', message: 'DoneWithErrors' } as const)
        : results[outcome]
    agent.command('task.complete', { result }, message === undefined ? '' : agent.message(message))
    // The agent reads the result from the command; an exit code would add an error of its own.
    process.exitCode = 0
  }

  #connected(): AzureConnection {
    if (this.#connection) return this.#connection
    const id = agent.input(connectionInput)
    if (id === undefined) throw new InputError(agent.message('ConnectionNotGiven', connectionInput))
    const connection = readConnection(id, agent.endpoint(id))
    const { signInBy } = connection
    if (signInBy.kind === 'secret') this.secret(signInBy.secret)
    if (signInBy.kind === 'certificate') this.secret(signInBy.pem)
    this.#connection = connection
    return connection
  }

  #useProxy(): void {
    const proxy = agent.proxy()
    if (!proxy) return
    if (proxy.proxyPassword) this.secret(proxy.proxyPassword)
    const { variables, lost } = proxyVariables(proxy, process.env.NO_PROXY)
    Object.assign(process.env, variables)
    if (lost.length > 0) this.log.info(agent.message('ProxyBypassLost', lost.join(', ')))
  }

  #issue(kind: 'error' | 'warning', message: string, position: SourcePosition | undefined): void {
    const text = this.#harmless(message)
    if (kind === 'error' && !this.#isLastError) this.#hadErrors = true
    const file = position && this.#harmless(position.file).replaceAll('\n', ' ')
    if (!this.#issues.spend(kind, text, { last: kind === 'error' && this.#isLastError })) {
      const at = file === undefined ? '' : `${file}${position?.line === undefined ? '' : `:${position.line}`}: `
      for (const line of `${at}${text}`.split('\n')) this.#print(`##[${kind}]${line}`)
      return
    }
    const isLong = text.length > longestIssue
    if (isLong) this.#print(text)
    const shown = isLong ? agent.message('IssueGoesOn', text.slice(0, longestIssue - 40)) : text
    agent.command('task.logissue', { type: kind, sourcepath: file, linenumber: position?.line }, shown)
  }

  #harmless(message: string): string {
    // Masked again at the end: a secret may stand there whole only once what was strewn into it is gone.
    return this.#mask.apply(plainText(this.#mask.apply(message)))
  }

  #print(text: string): void {
    process.stdout.write(`${text}\n`)
  }
}
