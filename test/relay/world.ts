import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type WakeUp, WakeUpFolder, type WakeUps } from '../../core/trigger/index.ts'
import { createRelay, type Relay, type RelayOptions } from '../../relay/relay.ts'
import { relaySettings } from '../../relay/settings.ts'

export const key = 'a-key-of-event-grid-1'
export const statusToken = 'a-token-of-the-page'
export const topic =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/team'

export interface World {
  readonly relay: Relay
  readonly wakeUps: WakeUps
  /** What the relay logged. */
  readonly lines: readonly string[]
  stored(): Promise<readonly WakeUp[]>
}

export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'relay-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A relay that keeps its wake-ups on the disk of this machine. */
export async function world(
  t: ExecutionContext,
  variables: Readonly<Record<string, string>> = { AZUREML_CD_RELAY_KEY: key },
  options: Partial<RelayOptions> = {},
): Promise<World> {
  const wakeUps = options.wakeUps ?? (await WakeUpFolder.open(temporaryFolder(t)))
  const lines: string[] = []
  const log = (level: string) => (message: string) => void lines.push(`${level}: ${message}`)
  const relay = createRelay({
    settings: relaySettings({ AZUREML_CD_RELAY_STATUS_TOKEN: statusToken, ...variables }),
    log: { debug: log('debug'), info: log('info'), warning: log('warning'), error: log('error') },
    ...options,
    wakeUps,
  })
  return { relay, wakeUps, lines, stored: () => wakeUps.take(100_000) }
}

export function post(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { 'x-azureml-cd-key': key },
): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return new Request(`http://relay.example${path}`, { method: 'POST', headers, body: text })
}

/** A ModelRegistered as Event Grid sends it in its own envelope; `more` is of the event. */
export function gridEvent(version: unknown, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ...{ id: `event-${String(version)}`, topic, subject: `models/diabetes:${String(version)}` },
    ...{ eventType: 'Microsoft.MachineLearningServices.ModelRegistered', eventTime: '2026-11-27T05:00:00Z' },
    ...{ data: { ModelName: 'diabetes', ModelVersion: version }, dataVersion: '', metadataVersion: '1' },
    ...more,
  }
}
