import { inputMeta, kebabCase, type Operation } from '../core/index.ts'
import { environmentName } from './host.ts'

/** What `azureml-cd` alone prints. */
export function overview(operations: readonly Operation[]): string {
  const rows = operations.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`)
  return `azureml-cd: continuous deployment for Azure Machine Learning models.

Usage: azureml-cd OPERATION [--input VALUE …] [--json] [--dry-run] [--debug]
       azureml-cd OPERATION --help
       azureml-cd emulator [--port 0] [--location DIR] [--json]

Operations
${rows.join('\n')}
  emulator   Run an Azure Machine Learning workspace on this machine.
  triggers   Start pipelines for registered models, by the rules of triggers.yml.
  relay      Take what Event Grid, MLflow and Databricks tell of models, and act on it at once.

Every input is a flag or an environment variable: --resource-group or ${environmentName('resourceGroup')}.

Exit codes
  0  done
  1  failed
  2  bad input; nothing was changed
  3  refused: the new version did not pass, and what served before serves again
`
}

/** What `azureml-cd OPERATION --help` prints. */
export function helpOf({ name, title, summary, inputs, outputs }: Operation): string {
  const lines = Object.entries(inputs).map(([key, input]) => {
    const { description, placeholder } = inputMeta(input)
    const missing = input.safeParse(undefined).success ? '' : ' Required.'
    return `  --${kebabCase(key)}${placeholder ? ` ${placeholder}` : ''}\n        ${description}${missing}`
  })
  const results = Object.entries(outputs).map(([key, output]) => `  ${key}\n        ${output.description ?? ''}`)
  return `${title}. ${summary}

Usage: azureml-cd ${name} [--input VALUE …]

Inputs
${lines.join('\n')}
  --json
        Print the outputs as one line of JSON on standard output, and everything else on standard error.
  --debug
        Print what is usually only of use to find a fault in azureml-cd.

Outputs
${results.join('\n')}
`
}
