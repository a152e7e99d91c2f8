import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { format } from 'node:util'
import tasks from 'azure-pipelines-task-lib/task.js'
import { type MessageKey, messages } from './messages.ts'

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })

/** The agent's own library tells the debug log every value it reads, secrets too, before anybody could have masked them. */
function quietly<T>(read: () => T): T {
  tasks.setStdStream(nowhere)
  try {
    return read()
  } finally {
    tasks.setStdStream(process.stdout)
  }
}

const given = (value: string | undefined): string | undefined => value?.trim() || undefined

let hasManifest: boolean | undefined

/** The task's own texts are those of the task.json beside its program, in the language of the agent where it has one. */
function readsManifest(): boolean {
  if (hasManifest === undefined) {
    const manifest = join(dirname(process.argv[1] ?? ''), 'task.json')
    hasManifest = existsSync(manifest)
    if (hasManifest) tasks.setResourcePath(manifest)
  }
  return hasManifest
}

/** What the agent hands a task, as its library reads it. Everything is trimmed; nothing is printed. */
export const agent = {
  input: (name: string): string | undefined => quietly(() => given(tasks.getInput(name))),
  /** False for a file that was not given: the agent puts the folder of the sources in its place. */
  isFileGiven: (name: string): boolean => quietly(() => tasks.filePathSupplied(name)),
  variable: (name: string): string | undefined => quietly(() => given(tasks.getVariable(name))),
  proxy: () => quietly(() => tasks.getHttpProxyConfiguration()),
  endpoint: (id: string) => ({
    url: quietly(() => given(tasks.getEndpointUrl(id, true))),
    scheme: quietly(() => given(tasks.getEndpointAuthorizationScheme(id, true))),
    data: (key: string): string | undefined => quietly(() => given(tasks.getEndpointDataParameter(id, key, true))),
    parameter: (key: string): string | undefined =>
      quietly(() => given(tasks.getEndpointAuthorizationParameter(id, key, true))),
  }),
  /** The token of the job, with which it may ask Azure DevOps for what is its own. */
  accessToken: (): string | undefined =>
    quietly(() => given(tasks.getEndpointAuthorization('SYSTEMVSSCONNECTION', true)?.parameters.AccessToken)),
  message: (key: MessageKey, ...values: readonly (string | number)[]): string =>
    quietly(() => (readsManifest() ? tasks.loc(key, ...values) : format(messages[key], ...values))),
  /** Prints a logging command, escaped. */
  command: (name: string, properties: Readonly<Record<string, string | number | undefined>>, message: string): void =>
    tasks.command(name, properties, message),
}

export type Endpoint = ReturnType<typeof agent.endpoint>
