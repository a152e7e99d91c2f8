/** What is worth showing of an error body: the innermost cause, not the envelope. */
export interface ErrorCause {
  readonly code: string | undefined
  readonly message: string | undefined
}

/**
 * Finds the innermost code and message in an Azure error body. Azure ML nests them in `error`, `details`, `innererror`,
 * and as JSON inside a message (quota); the code can be null with the real one in front of the message.
 */
export function unwrapErrorBody(body: unknown): ErrorCause {
  if (typeof body === 'string') return fromText(body)
  if (!isRecord(body)) return { code: undefined, message: undefined }
  return tidy(inner(body))
}

function inner(value: Readonly<Record<string, unknown>>): ErrorCause {
  if (isRecord(value.error)) return inner(value.error)
  const own = ownCause(value)
  const nested = isRecord(value.innererror) ? [value.innererror] : arrayOf(value.details)
  const causes = nested.filter(isRecord).map(inner)
  const withMessage = causes.filter((cause) => cause.message)
  if (withMessage.length > 0) {
    const messages = new Set(withMessage.map((cause) => cause.message))
    return { code: withMessage[0]?.code ?? own.code, message: [...messages].join(' ') }
  }
  return { code: causes.find((cause) => cause.code)?.code ?? own.code, message: own.message }
}

function ownCause(value: Readonly<Record<string, unknown>>): ErrorCause {
  const code = textOf(value.code ?? value.Code ?? value.error)
  const message = textOf(value.message ?? value.Message ?? value.error_description ?? value.detail ?? value.title)
  if (message === undefined) return { code, message: fieldMessages(value.errors) }
  const embedded = embeddedJson(message)
  if (embedded === undefined) return { code, message }
  const fields = isRecord(embedded) ? fieldMessages(embedded.errors) : undefined
  if (fields !== undefined) return { code, message: fields }
  const deeper = isRecord(embedded) ? inner(embedded) : undefined
  return deeper?.message ? { code: deeper.code ?? code, message: deeper.message } : { code, message }
}

/** ASP.NET's form of validation errors: `{"VmSize": ["Not enough quota …"]}`. */
function fieldMessages(errors: unknown): string | undefined {
  if (!isRecord(errors)) return undefined
  const messages = Object.values(errors)
    .flatMap(arrayOf)
    .filter((item) => typeof item === 'string')
  return messages.length > 0 ? messages.join(' ') : undefined
}

function embeddedJson(message: string): unknown {
  const from = message.indexOf('{')
  const to = message.lastIndexOf('}')
  if (from < 0 || to <= from) return undefined
  return parseJson(message.slice(from, to + 1))
}

function fromText(text: string): ErrorCause {
  const parsed = parseJson(text)
  if (isRecord(parsed)) return unwrapErrorBody(parsed)
  const xml = /<Code>([^<]*)<\/Code>\s*<Message>([^<]*)<\/Message>/.exec(text)
  if (xml) return { code: xml[1], message: xml[2]?.split('\n')[0] }
  const line = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return { code: undefined, message: line.slice(0, 500) || undefined }
}

// "(UserError) Asset paths cannot be updated." and "(None) ResourceNotReady: User container has crashed …".
function tidy({ code, message }: ErrorCause): ErrorCause {
  const marked = message ? /^\((\w+)\) ([\s\S]*)$/.exec(message) : null
  const text = marked?.[2] ?? message
  const outer = code ?? (marked?.[1] === 'None' ? undefined : marked?.[1])
  const named = text ? /^([A-Z][A-Za-z]{3,}): ([\s\S]+)$/.exec(text) : null
  if (!outer && named) return { code: named[1], message: named[2]?.trim() }
  return { code: outer, message: text?.trim() }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
