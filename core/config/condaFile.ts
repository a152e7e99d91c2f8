import { z } from 'zod'
import { checkDocument } from './check.ts'
import { parseDocument, type SourceFile } from './document.ts'
import { condaSchema } from './environmentSection.ts'

/**
 * The content of a conda file.
 *
 * @throws InputError with every fault of the file
 */
export function parseCondaFile(source: SourceFile): Readonly<Record<string, unknown>> {
  const document = parseDocument(source)
  return checkDocument({ document, schema: condaSchema, partial: z.looseObject({}), rules: () => [] })
}
