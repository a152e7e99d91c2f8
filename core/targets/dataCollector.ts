/**
 * What v1's storageEnabled collected, in the words of today's collector, which online deployments of both kinds have.
 * Entry scripts use azureml-ai-monitoring for it.
 */
export function dataCollector(isWanted: boolean): { readonly dataCollector?: unknown } {
  if (!isWanted) return {}
  const enabled = { dataCollectionMode: 'Enabled' }
  return { dataCollector: { collections: { model_inputs: enabled, model_outputs: enabled } } }
}
