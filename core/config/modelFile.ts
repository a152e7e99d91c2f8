import { z } from 'zod'
import { checkDocument } from './check.ts'
import { textsOf } from './deploymentTexts.ts'
import { parseDocument, type SourceFile } from './document.ts'
import { type ConfigWarning, faultsError } from './faults.ts'
import { anyText, anything, pathField, section, textField, textMap, word } from './fields.ts'
import { ignoredKeysWarning } from './ignoredKeys.ts'
import { nameRules } from './names.ts'
import { v2KindOf } from './v2Words.ts'

const nameAllowed = '1 to 255 letters, digits, "-" or "_", with a letter or digit first, are allowed'

/** A model as `az ml` of v2 and its SDK write it. */
export const modelFileSchema = section({
  $schema: anyText.optional(),
  name: z.string(nameAllowed).regex(nameRules.model.pattern, nameAllowed).optional(),
  version: z.union([textField, z.number()], 'a text is allowed').optional(),
  type: word(['custom_model', 'mlflow_model', 'triton_model']).optional(),
  path: pathField.optional(),
  description: anyText.optional(),
  tags: textMap.optional(),
  properties: textMap.optional(),
  datastore: textField.optional(),
  flavors: anything,
  stage: anything,
  id: anything,
  creation_context: anything,
})

const types = { custom_model: 'custom', mlflow_model: 'mlflow', triton_model: 'triton' } as const

/** What a file says of a model that is to be registered. What is undefined was not said. */
export interface ModelFile {
  readonly name: string | undefined
  readonly version: string | undefined
  readonly type: 'custom' | 'mlflow' | 'triton' | undefined
  /** As written: relative to the folder of the file, or an address. */
  readonly path: string | undefined
  readonly description: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
  readonly datastore: string | undefined
  readonly warnings: readonly ConfigWarning[]
}

/** @throws InputError with every fault of the file */
export function parseModelFile(source: SourceFile): ModelFile {
  const document = parseDocument(source)
  const kind = v2KindOf(document)
  if (kind !== undefined && kind !== 'model')
    throw faultsError(document.file, [
      {
        line: document.line(['$schema']),
        path: [],
        message: `A model is required here; this is another file of v2 (${kind.replace('-', ' ')}).`,
      },
    ])
  const given = checkDocument({
    document,
    schema: modelFileSchema,
    partial: modelFileSchema.partial(),
    rules: () => [],
  })
  const { name, version, type, path, description, datastore } = given
  const unread = ['flavors', 'stage', 'id', 'creation_context'].map((key) => [key])
  return {
    ...{ name, path, description, datastore: datastore?.replace(/^azureml:/, '') },
    // As it is written, so that 1.10 is not 1.1.
    version: version === undefined ? undefined : (document.scalar(['version']) ?? String(version)),
    type: type && types[type],
    tags: textsOf('tags', given, document),
    properties: textsOf('properties', given, document),
    warnings: ignoredKeysWarning(document, unread, 'A model that is registered here'),
  }
}
