// The files and messages that a host itself reads.
export type { LegacyFile } from './legacyKeys.ts'
export { type LegacyParameters, readLegacyParameters } from './legacyParameters.ts'
export { type ModelRegistered, readModelRegistered } from './modelRegistered.ts'
