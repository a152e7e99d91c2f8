import { context } from '@actions/github'
import { runAction } from '../run.ts'
import { onModelRegistered } from './onModelRegistered.ts'

const { eventName, payload } = context
await runAction(
  onModelRegistered(() => ({ eventName, clientPayload: payload.client_payload })),
  { signsIn: false },
)
