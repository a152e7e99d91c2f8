import { appendFileSync } from 'node:fs'

/**
 * How many of what is there in bulk are run: all where nothing may be left out (`AZUREML_CD_FORBID_SKIPPING`, which
 * continuous integration sets), elsewhere a sample, because a bare machine is to be done in minutes. What was only
 * sampled is told at the end of the run, as what was skipped is.
 */
export function bulk(what: string, { all, sample }: { readonly all: number; readonly sample: number }): number {
  if (process.env.AZUREML_CD_FORBID_SKIPPING) return all
  const file = process.env.AZUREML_CD_SAMPLES
  if (file) appendFileSync(file, `${sample} of ${all} ${what}\n`)
  return sample
}
