import type { Bag } from '../state/records.ts'

const probe = { failureThreshold: 30, successThreshold: 1, timeout: 'PT2S', period: 'PT10S', initialDelay: 'PT10S' }

/** What Azure fills in; as recorded from it, and as the specification has it (azureml-api.md 3.2). */
const defaults: Readonly<Record<string, Bag>> = {
  scaleSettings: { scaleType: 'Default' },
  requestSettings: { maxConcurrentRequestsPerInstance: 1, requestTimeout: 'PT5S', maxQueueWait: 'PT0.5S' },
  livenessProbe: probe,
  readinessProbe: probe,
}

/** The properties of an online deployment with what Azure answers for settings that nobody gave. */
export function withDeploymentDefaults(properties: Bag): Bag {
  const filled = Object.entries(defaults).map(([name, whole]) => {
    const given = properties[name]
    return [name, typeof given === 'object' && given !== null ? { ...whole, ...withoutNulls(given) } : whole]
  })
  return { ...properties, ...Object.fromEntries(filled) }
}

function withoutNulls(given: object): Bag {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
}
