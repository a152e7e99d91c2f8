import { checkDocument } from './check.ts'
import type { ConfigDocument } from './document.ts'
import { type ConfigWarning, faultsError } from './faults.ts'
import { ignoredKeysWarning } from './ignoredKeys.ts'
import { batchWords, onlyInV2Batch, v2BatchDeployment } from './v2BatchDeployment.ts'
import { checkedBatch, checkedOnline, computeName, endpointWarnings, onlineEndpointWords } from './v2Endpoint.ts'
import { putEnvironment } from './v2Environment.ts'
import { onlineWords, onlyInV2, v2OnlineDeployment } from './v2OnlineDeployment.ts'
import { inOtherWords, translated, type V2Kind, v2KindOf, type Words } from './v2Words.ts'

/** Our words for what makes an image. */
const ofImage: Words = {
  'code_configuration.scoring_script': 'entryScript',
  'code_configuration.code': 'sourceDirectory',
  'environment.name': 'environment.name',
  'environment.version': 'environment.version',
  'environment.image': 'environment.docker.baseImage',
}

/**
 * The part of a deployment of v2 that an inference configuration says, in the words of that; a document that is not of
 * v2 as it is. Lines remain those of the file.
 *
 * @throws InputError with every fault of a file of v2
 */
export function inferenceWords(document: ConfigDocument): ConfigDocument {
  const kind = v2KindOf(document)
  if (kind === undefined) return document
  if (kind !== 'online-deployment' && kind !== 'batch-deployment')
    throw wrongKind(document, kind, 'how a model is served')
  const { environment } =
    kind === 'online-deployment' ? checkedOnlineDeployment(document) : checkedBatchDeployment(document)
  const value = translated(document, ofImage)
  if (typeof environment === 'string') value.environment = environment
  else if (environment) putEnvironment(value, ['environment'], environment)
  return inOtherWords(document, value, ofImage)
}

/** As `inferenceWords`, for what a deployment configuration says. `warnings` are about what only v2 can say. */
export function deploymentWords(document: ConfigDocument): {
  readonly document: ConfigDocument
  readonly warnings: readonly ConfigWarning[]
} {
  const kind = v2KindOf(document)
  switch (kind) {
    case undefined:
      return { document, warnings: [] }
    case 'online-deployment': {
      checkedOnlineDeployment(document)
      const warnings = ignoredKeysWarning(document, onlyInV2, 'A deployment that is made here')
      return { document: inOtherWords(document, translated(document, onlineWords), onlineWords), warnings }
    }
    case 'batch-deployment': {
      checkedBatchDeployment(document)
      const { value, words } = batchWords(document)
      const warnings = ignoredKeysWarning(document, onlyInV2Batch, 'A batch deployment that is made here')
      return { document: inOtherWords(document, value, words), warnings }
    }
    case 'online-endpoint': {
      const { compute } = checkedOnline(document)
      const value = translated(document, onlineEndpointWords)
      value.computeType = compute === undefined ? 'managed' : 'kubernetes'
      if (compute !== undefined) value.computeTargetName = computeName(compute)
      return { document: inOtherWords(document, value, onlineEndpointWords), warnings: endpointWarnings(document) }
    }
    case 'batch-endpoint': {
      checkedBatch(document)
      const words = { tags: 'tags', description: 'description' }
      const value = { ...translated(document, words), computeType: 'batch' }
      return { document: inOtherWords(document, value, words), warnings: endpointWarnings(document) }
    }
    case 'environment':
    case 'model':
      throw wrongKind(document, kind, 'how a service is deployed')
  }
}

function wrongKind(document: ConfigDocument, kind: V2Kind, wanted: string): Error {
  const message = `A file that says ${wanted} is required here; this is ${/^[aeo]/.test(kind) ? 'an' : 'a'} ${kind.replace('-', ' ')} of v2.`
  return faultsError(document.file, [{ line: document.line(['$schema']), path: [], message }])
}

function checkedOnlineDeployment(document: ConfigDocument) {
  return checkDocument({ document, schema: v2OnlineDeployment, partial: v2OnlineDeployment.partial(), rules: () => [] })
}

function checkedBatchDeployment(document: ConfigDocument) {
  return checkDocument({ document, schema: v2BatchDeployment, partial: v2BatchDeployment.partial(), rules: () => [] })
}
