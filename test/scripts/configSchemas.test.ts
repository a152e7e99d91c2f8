import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import test from 'ava'
import { parseDeploymentConfig } from '../../core/config/deploymentConfig.ts'
import { parseInferenceConfig } from '../../core/config/inferenceConfig.ts'
import { parseRequests } from '../../core/config/requests.ts'
import { configSchemas } from '../../scripts/generate/configSchemas.ts'

const ajv = new Ajv({ strict: false })
const schemaOf = (name: string) => JSON.parse(configSchemas().get(`docs/schemas/${name}.schema.json`) ?? '')
const validator = (name: string) => ajv.compile(schemaOf(name))

test('what the schemas take is what the product takes, on the example’s files', async (t) => {
  for (const [name, file, parse] of [
    ['inferenceconfig', 'inferenceconfig.json', parseInferenceConfig],
    ['deploymentconfig', 'deploymentconfig.json', parseDeploymentConfig],
    ['requests', 'smoke.json', parseRequests],
  ] as const) {
    const text = await readFile(`examples/diabetes/${file}`, 'utf8')
    t.notThrows(() => parse({ file, text }))
    const validate = validator(name)
    t.true(validate(JSON.parse(text)), JSON.stringify(validate.errors))
  }
})

test('an editor underlines what the product refuses', (t) => {
  const inference = validator('inferenceconfig')
  t.true(inference({ entryScript: 'score.py', environment: 'azureml:mine:1' }))
  t.true(inference({ entryScript: 'score.py', enableGpu: 'True', condaFile: 'c.yml' }))
  for (const wrong of [
    {},
    { entryScript: 3 },
    { entryScript: 'a.py', enviroment: {} },
    { entryScript: 'a.py', environment: { pyton: {} } },
  ])
    t.false(inference(wrong), JSON.stringify(wrong))
  const deployment = validator('deploymentconfig')
  t.true(deployment({ computeType: 'ACI', containerResourceRequirements: { cpu: 0.5, memoryInGB: 1 } }))
  for (const wrong of [{ cpu: 1 }, { instanceCount: 0 }, { autoScaler: { min: 1 } }, { numReplicas: '2' }])
    t.false(deployment(wrong), JSON.stringify(wrong))
})

test('every key of a schema says what it means', (t) => {
  for (const [path, text] of configSchemas()) {
    const { properties }: { readonly properties: Readonly<Record<string, { readonly description?: string }>> } =
      JSON.parse(text)
    t.true(Object.keys(properties).length > 1, path)
    for (const [key, { description }] of Object.entries(properties)) t.regex(description ?? '', /\.$/, `${path} ${key}`)
  }
})
