import type { InputPlace } from './manifest.ts'

/** What a run of a batch service asks for beside the workspace. */
export const invokePlaces = {
  service: { label: 'Batch endpoint', visibleRule: 'job = ""' },
  input: { label: 'What to run it over', visibleRule: 'job = ""' },
  inputType: { group: 'details', label: 'Kind of the input', visibleRule: 'job = ""' },
  deployment: { group: 'details', label: 'Deployment', visibleRule: 'job = ""' },
  output: { group: 'details', label: 'Folder for the results', visibleRule: 'job = ""' },
  job: { label: 'Job that was begun already' },
  download: { label: 'Folder to bring the results to' },
  noWait: { group: 'details', label: 'Do not wait' },
  timeoutSeconds: { group: 'advanced', label: 'Timeout in seconds' },
} as const satisfies Readonly<Record<string, InputPlace>>
