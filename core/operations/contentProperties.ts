/** Properties by which a version's content is found again; written by `register`, and never changed. */
export const contentProperties = {
  /** The content digest (core/trust/digest.ts). */
  digest: 'azureml-cd.digest',
  /** A digest of paths and sizes alone: known without reading a byte, it tells whether reading could pay off. */
  layout: 'azureml-cd.layout',
  /** The fingerprint of a source that was in a datastore already and was not read. */
  source: 'azureml-cd.source-fingerprint',
  /** The OpenSSF model signing root digest. */
  modelSigning: 'azureml-cd.model-signing-digest',
} as const
