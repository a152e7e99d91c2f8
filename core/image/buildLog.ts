import { stripVTControlCharacters } from 'node:util'
import { UserError } from '../errors.ts'
import type { Host } from '../host.ts'

/** What a builder says: text, line by line, and at most one failure at its end. */
export type BuildMessage =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string }

/** `Step 3/10 : RUN pip install …`, as Docker's builder and ACR Tasks begin each instruction. */
const stepStart = /^Step (\d+)\/(\d+) : (.*)$/

const telling = /\berror\b|exception|not found|no such|cannot|could not|failed|denied|unauthorized/i

/**
 * Prints a build as it goes, each step in a group of its own. Throws a UserError that names the step that failed and
 * what it said last.
 */
export async function showBuild(options: {
  readonly host: Pick<Host, 'group' | 'log'>
  readonly messages: AsyncIterable<BuildMessage>
  /** What is built, for the error. */
  readonly image: string
}): Promise<void> {
  const { host, image } = options
  const messages = options.messages[Symbol.asyncIterator]()
  const tail: string[] = []
  let step: string | undefined
  let next = await messages.next()

  const untilNextStep = async () => {
    tail.length = 0
    for (; !next.done; next = await messages.next()) {
      if (next.value.kind === 'error') throw failure({ image, step, text: next.value.text, tail })
      // What a step writes to its standard error is red.
      const text = stripVTControlCharacters(next.value.text).trimEnd()
      if (stepStart.test(text)) return
      if (text === '') continue
      host.log.info(text)
      // What the builder says of its own housekeeping explains nothing.
      if (!/^(?: ---> |Removing intermediate container )/.test(text)) tail.push(text)
      if (tail.length > 40) tail.shift()
    }
  }
  await untilNextStep()
  while (!next.done) {
    const [, number = '', of = '', instruction = ''] = stepStart.exec(next.value.text.trimEnd()) ?? []
    step = `step ${number} of ${of} (${instruction.length > 120 ? `${instruction.slice(0, 117)}...` : instruction})`
    next = await messages.next()
    await host.group(`${step.charAt(0).toUpperCase()}${step.slice(1)}`, untilNextStep)
  }
}

function failure(told: {
  readonly image: string
  readonly step: string | undefined
  readonly text: string
  readonly tail: readonly string[]
}): UserError {
  const { image, step, text, tail } = told
  const own = tail.findLast((line) => /^azureml-cd: error: /.test(line))?.replace(/^azureml-cd: error: /, '')
  const last = own ?? tail.findLast((line) => telling.test(line)) ?? tail.at(-1)
  const said = last === undefined || text.includes(last) ? '' : ` It last said: ${last}`
  return new UserError(
    `The image ${image} could not be built${step === undefined ? '' : `: ${step} failed`}: ${text.trimEnd().replace(/\.?$/, '.')}${said}`,
  )
}
