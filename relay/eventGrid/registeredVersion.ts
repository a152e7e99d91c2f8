import { z } from 'zod'
import type { GridEvent } from './events.ts'

/** Which model version an event tells of. */
export interface RegisteredVersion {
  readonly model: string
  readonly version: string | undefined
}

const modelRegistered = 'microsoft.machinelearningservices.modelregistered'
// Azure ML's rule for names; models of v1 may have dots.
const modelName = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$/
const versionText = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,254}$/

const data = z.record(z.string(), z.unknown())

/**
 * The version that an event says is registered. Microsoft's schema and its samples differ (camelCase and texts, or
 * PascalCase and numbers), so both are read; what the data lacks the subject has (`models/NAME:VERSION`).
 */
export function registeredVersion(event: GridEvent): RegisteredVersion | 'another type' | 'unreadable' {
  if (event.type.toLowerCase() !== modelRegistered) return 'another type'
  const members = new Map(
    Object.entries(data.safeParse(event.data).data ?? {}).map(([key, value]) => [key.toLowerCase(), value]),
  )
  const [, nameInSubject, versionInSubject] = /^models\/([^:/]+)(?::([^:/]+))?$/i.exec(event.subject) ?? []
  const model = textOf(members.get('modelname')) ?? nameInSubject
  const version = textOf(members.get('modelversion')) ?? versionInSubject
  if (model === undefined || !modelName.test(model)) return 'unreadable'
  // Which version it is the registry says too; one that cannot be read still is a reason to look.
  return { model, version: version !== undefined && versionText.test(version) ? version : undefined }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
}
