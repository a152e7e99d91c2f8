import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { InputError, UserError } from '../../core/index.ts'
import {
  openLedger,
  parseTriggerFile,
  type TriggerFile,
  Triggers,
  type TriggersOptions,
  type WakeUps,
} from '../../core/trigger/index.ts'
import type { CliHost } from '../host.ts'

/** Reads triggers.yml. @throws InputError with every fault of it */
export async function readRules(path: string): Promise<TriggerFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InputError(`The rules cannot be read: there is no file "${path}", or it is not to be read.`, { cause })
  })
  return parseTriggerFile({ file: path, text })
}

/** The controller and the ledger of a triggers.yml, with the secrets of this process's environment. */
export async function openTriggers(options: {
  readonly file: TriggerFile
  readonly host: CliHost
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly ledger: string | undefined
  readonly measured?: TriggersOptions['measured']
}): Promise<{ readonly triggers: Triggers; readonly wakeUps: WakeUps }> {
  const { file, host, environment } = options
  const connectionString = environment.AZUREML_CD_LEDGER_CONNECTION_STRING?.trim() || undefined
  if (connectionString) host.secret(connectionString)
  const credential = () => host.credential({ authorityHost: 'https://login.microsoftonline.com', custom: false })
  const beside = resolve(dirname(file.file), '.azureml-cd', 'ledger')
  const place = options.ledger ?? (environment.AZUREML_CD_LEDGER?.trim() || beside)
  const { store, wakeUps } = await openLedger({ place, credential, connectionString })
  const triggers = new Triggers({
    ...{ file, host, store, wakeUps, credential, worker: randomUUID(), measured: options.measured },
    readSecret: async (reference) => {
      const isFile = reference.kind === 'file'
      const value = isFile
        ? (await readFile(resolve(dirname(file.file), reference.path), 'utf8')).trim()
        : environment[reference.name]?.trim()
      if (!value) throw new UserError(`The secret in ${isFile ? reference.path : reference.name} is missing or empty.`)
      host.secret(value)
      return value
    },
  })
  return { triggers, wakeUps }
}
