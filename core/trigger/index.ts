// The public face of the trigger.
export { parseTriggerFile, type TriggerFile } from '../config/triggerFile.ts'
export { type Destination, DispatchError, type Order, type RunState, type Started } from './destination.ts'
export { openLedger } from './openLedger.ts'
export { nameTest } from './rules.ts'
export type { TendedDrift } from './tendDrift.ts'
export { type Explained, Triggers, type TriggersOptions } from './triggers.ts'
export { WakeUpFolder } from './wakeUpFolder.ts'
export type { WakeUp, WakeUps } from './wakeUps.ts'
