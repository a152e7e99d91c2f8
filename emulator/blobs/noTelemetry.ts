import Module, { createRequire } from 'node:module'

/**
 * Puts an empty module in the place of Azurite's telemetry before Azurite is loaded. The real one would send nothing
 * here, as nothing starts it, but it loads Application Insights, which takes longer than all of the rest and changes
 * how this whole process loads modules.
 */
export function noTelemetry(): void {
  const require = createRequire(import.meta.url)
  const path = require.resolve('azurite/dist/src/common/Telemetry.js')
  if (require.cache[path] !== undefined) return
  const empty = new Module(path)
  empty.filename = path
  empty.loaded = true
  empty.exports = { AzuriteTelemetryClient: { TraceRequest: () => undefined } }
  require.cache[path] = empty
}
