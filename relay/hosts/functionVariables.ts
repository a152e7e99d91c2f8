/** What only a function app reads of its settings. */
export const functionVariables = {
  /** The rules, where they are not `triggers.yml` in the app's own folder. */
  rules: 'AZUREML_CD_RELAY_RULES',
  /** When to sweep, as a timer of Azure Functions is written: six fields, seconds first. */
  sweepSchedule: 'AZUREML_CD_RELAY_SWEEP_SCHEDULE',
} as const
