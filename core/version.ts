import manifest from '../package.json' with { type: 'json' }

/** The version of azureml-cd. */
export const { version } = manifest
