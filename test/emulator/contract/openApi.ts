import { existsSync, readFileSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { z } from 'zod'

/** Where Microsoft's OpenAPI descriptions lie beside this project; they are not part of it. */
export const specFolder = resolve('../shared/specs')

/** Why exchanges cannot be validated here; undefined when they can. */
export const missingSpecs = existsSync(specFolder) ? undefined : 'there is no ../shared/specs here'

/** The descriptions that the emulator is held to. */
const files = [
  'machine-learning/2023-04-01/mfe.json',
  'machine-learning/2023-04-01/machineLearningServices.json',
  'machine-learning/2023-04-01/registries.json',
  'neighbours/container-instance-2023-05-01.json',
  'neighbours/container-registry-tasks-2019-04-01.json',
  'neighbours/aks-managed-clusters-2023-05-01.json',
]

const anything = z.record(z.string(), z.unknown())
export type Node = Readonly<Record<string, unknown>>

const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'body', 'header', 'formData']),
  required: z.boolean().default(false),
  schema: anything.optional(),
})
export type Parameter = z.infer<typeof parameter>

const operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(anything).default([]),
  responses: z.record(z.string(), z.looseObject({ schema: anything.optional(), headers: anything.optional() })),
})

/** An operation of one of the descriptions, its parameters looked up. */
export interface Operation {
  readonly id: string
  /** The description's path in the folder. */
  readonly file: string
  readonly method: string
  readonly path: string
  readonly pattern: RegExp
  readonly parameters: readonly Parameter[]
  readonly responses: z.infer<typeof operation>['responses']
  readonly isLongRunning: boolean
}

const document = z.looseObject({
  paths: z.record(z.string(), anything),
  definitions: z.record(z.string(), anything).default({}),
})

/** The descriptions, read as they are asked for. */
export class OpenApi {
  readonly #documents = new Map<string, z.infer<typeof document>>()
  readonly operations: readonly Operation[]

  constructor() {
    this.operations = files.flatMap((file) => this.#operationsOf(file))
  }

  /** All definitions of a description by name. */
  definitions(file: string): Readonly<Record<string, Node>> {
    return this.#document(file).definitions
  }

  /** What a `$ref` in a file points at. */
  target(file: string, reference: string): { readonly file: string; readonly name: string; readonly node: Node } {
    const [path = '', pointer = ''] = reference.split('#')
    const inFile = path === '' ? file : posix.join(posix.dirname(file), path)
    let node: unknown = this.#document(inFile)
    for (const part of pointer.split('/').slice(1)) node = anything.parse(node)[decodeURIComponent(part)]
    return { file: inFile, name: pointer.split('/').at(-1) ?? '', node: anything.parse(node) }
  }

  /** The operation a request is for; with several, the one whose path leaves least open. */
  find(method: string, path: string): Operation | undefined {
    return this.operations
      .filter((one) => one.method === method.toUpperCase() && one.pattern.test(path))
      .sort((one, other) => one.path.split('{').length - other.path.split('{').length)[0]
  }

  #document(file: string): z.infer<typeof document> {
    const known = this.#documents.get(file)
    if (known) return known
    const read = document.parse({
      paths: {},
      ...anything.parse(JSON.parse(readFileSync(resolve(specFolder, file), 'utf8'))),
    })
    this.#documents.set(file, read)
    return read
  }

  #operationsOf(file: string): readonly Operation[] {
    return Object.entries(this.#document(file).paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'parameters')
        .map(([method, described]): Operation => {
          const { operationId, parameters, responses, ...rest } = operation.parse(described)
          const shared = z.array(anything).parse(methods.parameters ?? [])
          return {
            id: operationId,
            file,
            method: method.toUpperCase(),
            path,
            pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}/?$`, 'i'),
            parameters: [...shared, ...parameters].map((one) =>
              parameter.parse(typeof one.$ref === 'string' ? this.target(file, one.$ref).node : one),
            ),
            responses,
            isLongRunning: rest['x-ms-long-running-operation'] === true,
          }
        }),
    )
  }
}
