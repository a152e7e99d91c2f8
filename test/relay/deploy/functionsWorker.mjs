// Loads a function app as Azure's Node.js worker does: it gives the app the module `@azure/functions-core`, keeps what
// the app registers, and calls it through the app's own programming model with the data of the host's protocol.
//
//   node functionsWorker.mjs FOLDER
//
// Prints the registered functions as one line of JSON, then answers each line `{ name, data }` of standard input.
import { readFileSync } from 'node:fs'
import Module from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const folder = resolve(process.argv[2] ?? '.')
/** @type {Map<string, { metadata: any, callback: any }>} */
const functions = new Map()
/** @type {any} */
let model
const core = {
  version: '3.12.0',
  hostVersion: '4.1042.0',
  /** @param {any} metadata @param {any} callback */
  registerFunction(metadata, callback) {
    functions.set(metadata.name, { metadata, callback })
    return { dispose() {} }
  },
  /** @param {any} given */
  setProgrammingModel(given) {
    model = given
  },
  getProgrammingModel: () => model,
  registerHook: () => ({ dispose() {} }),
  log() {},
}
const { require: original } = Module.prototype
/** @this {any} @param {string} id */
Module.prototype.require = function (id) {
  return id === '@azure/functions-core' ? core : Reflect.apply(original, this, [id])
}

const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
await import(pathToFileURL(join(folder, main)).href)
say(
  [...functions.values()].map(({ metadata }) => ({ name: metadata.name, bindings: Object.values(metadata.bindings) })),
)

for await (const line of createInterface({ input: process.stdin })) {
  const { name, data } = JSON.parse(line)
  say(await invoke(name, data))
}
process.exit()

/** @param {string} name @param {unknown} data */
async function invoke(name, data) {
  /** @type {string[]} */
  const logs = []
  const found = functions.get(name)
  if (!found) return { error: `There is no function ${name}.`, logs }
  const { metadata, callback } = found
  const trigger = Object.keys(metadata.bindings).find((key) => metadata.bindings[key].direction === 'in')
  const invocation = model.getInvocationModel({
    invocationId: String(Math.random()),
    metadata,
    request: { inputData: [{ name: trigger, data }], triggerMetadata: {} },
    state: 'invocation',
    /** @param {string} level @param {string} _ @param {string} message */
    log: (level, _, message) => logs.push(`${level}: ${message}`),
  })
  try {
    const { context, inputs } = await invocation.getArguments()
    const result = await invocation.invokeFunction(context, inputs, callback)
    const { returnValue } = await invocation.getResponse(context, result)
    const { http } = returnValue ?? {}
    const body = http?.body?.bytes === undefined ? undefined : Buffer.from(http.body.bytes).toString('utf8')
    return { ...(http ? { status: Number(http.statusCode), body } : {}), logs }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), logs }
  }
}

/** @param {unknown} value */
function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
