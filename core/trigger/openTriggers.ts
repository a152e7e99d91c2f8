import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseTriggerFile, type TriggerFile } from '../config/triggerFile.ts'
import { InputError, UserError } from '../errors.ts'
import type { Host } from '../host.ts'
import { proxySettings } from './destinations/proxySettings.ts'
import { openLedger } from './openLedger.ts'
import { Triggers, type TriggersOptions } from './triggers.ts'
import type { WakeUps } from './wakeUps.ts'

/** Reads triggers.yml. @throws InputError with every fault of it */
export async function readRules(path: string): Promise<TriggerFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InputError(`The rules cannot be read: there is no file "${path}", or it is not to be read.`, { cause })
  })
  return parseTriggerFile({ file: path, text })
}

/** Where the ledger is, and how it is signed in to where that is an account's key. */
export const ledgerVariables = {
  place: 'AZUREML_CD_LEDGER',
  connectionString: 'AZUREML_CD_LEDGER_CONNECTION_STRING',
} as const

/** The controller and the ledger of a triggers.yml, with the secrets of an environment. */
export async function openTriggers(options: {
  readonly file: TriggerFile
  readonly host: TriggersOptions['host'] & Pick<Host, 'secret'>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly ledger: string | undefined
  readonly measured?: TriggersOptions['measured']
}): Promise<{ readonly triggers: Triggers; readonly wakeUps: WakeUps }> {
  const { file, host, environment } = options
  const connectionString = environment[ledgerVariables.connectionString]?.trim() || undefined
  if (connectionString) host.secret(connectionString)
  const credential = () => host.credential({ authorityHost: 'https://login.microsoftonline.com', custom: false })
  const beside = resolve(dirname(file.file), '.azureml-cd', 'ledger')
  const place = options.ledger ?? (environment[ledgerVariables.place]?.trim() || beside)
  const { store, wakeUps } = await openLedger({ place, credential, connectionString })
  const triggers = new Triggers({
    ...{ file, host, store, wakeUps, credential, worker: randomUUID(), measured: options.measured },
    proxyFor: proxySettings(environment),
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
