import { InputError } from '../errors.ts'

/** A value in double quotes as a Dockerfile reads it: nothing in it is substituted or ends it. */
export function quoted(value: string): string {
  return `"${value.replaceAll(/[\\"$]/g, '\\$&')}"`
}

/** An instruction whose words are passed on as they are, without a shell. */
export function words(instruction: 'RUN' | 'CMD' | 'COPY', given: readonly string[], options = ''): string {
  return `${instruction} ${options === '' ? '' : `${options} `}${JSON.stringify(given)}`
}

/** `ENV` for a variable of the user's. Throws an InputError for what a Dockerfile cannot say. */
export function environmentLine(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
    throw new InputError(
      `The environment variable ${JSON.stringify(name.slice(0, 100))} cannot be set in an image; letters, digits and "_", no digit first, are allowed.`,
    )
  if (/[\n\r\0]/.test(value))
    throw new InputError(
      `The environment variable "${name}" has a line break in its value, which an image cannot hold; set it where the service is deployed.`,
    )
  return `ENV ${name}=${quoted(value)}`
}

/** The name that the last stage of a user's Dockerfile gets when it has none. */
export const baseStage = 'azureml-cd-base'

/**
 * A user's Dockerfile whose last stage has a name, and that name. Throws an InputError when it has no stage at all.
 */
export function namedLastStage(text: string): { readonly text: string; readonly stage: string } {
  const lines = text.replaceAll(/\r\n?/g, '\n').trimEnd().split('\n')
  const last = lines.findLastIndex((line) => /^\s*FROM\s/i.test(line))
  const from = lines[last]
  if (from === undefined) throw new InputError('The base Dockerfile has no FROM instruction.')
  const name = /\sAS\s+(\S+)\s*$/i.exec(from)?.[1]
  if (name !== undefined) return { text: lines.join('\n'), stage: name }
  return { text: lines.with(last, `${from.trimEnd()} AS ${baseStage}`).join('\n'), stage: baseStage }
}
