import type { InferenceConfig } from '../config/inferenceConfig.ts'
import { unspecifiedEnvironment } from './unspecifiedEnvironment.ts'

/** What Azure's documentation of batch deployments starts from: Ubuntu with Open MPI and conda. */
const batchImage = 'mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04'

/** What the program that runs a batch scoring script is made of, by the same documentation. */
const batchPackages = {
  name: 'batch',
  channels: ['conda-forge'],
  dependencies: ['python=3.10', 'pip', { pip: ['azureml-core', 'azureml-dataset-runtime[fuse]'] }],
}

/**
 * An inference configuration for a batch endpoint: where it says nothing of the image or of the packages, it gets those
 * that run a batch scoring script, not those that answer requests.
 */
export function withBatchEnvironment(inference: InferenceConfig): InferenceConfig {
  const { environment = unspecifiedEnvironment } = inference
  if (environment.kind === 'registered') return inference
  const { base, python } = environment
  return {
    ...inference,
    environment: {
      ...environment,
      base: base.kind === 'unspecified' ? { kind: 'image', image: batchImage, registry: undefined } : base,
      // An image of one's own may bring everything.
      python:
        python.kind === 'unspecified' && base.kind === 'unspecified'
          ? { kind: 'conda', content: batchPackages }
          : python,
    },
  }
}
