import test, { type ExecutionContext } from 'ava'
import type { Exchange } from '../../emulator/http/exchanges.ts'
import { missingSpecs } from './contract/openApi.ts'
import { Contract } from './contract.ts'

const workspace = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/workspace'

const describe = missingSpecs === undefined ? test : test.skip
const titled = (title: string): string => (missingSpecs === undefined ? title : `${title} [${missingSpecs}]`)

const endpoint = {
  id: `${workspace}/onlineEndpoints/blue`,
  name: 'blue',
  type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints',
  location: 'local',
  properties: { authMode: 'Key', traffic: { blue: 100 } },
}
const put: Exchange = {
  method: 'PUT',
  path: `${workspace}/onlineEndpoints/blue?api-version=2025-09-01`,
  userAgent: '',
  requestBody: JSON.stringify({ location: 'local', properties: { authMode: 'Key' } }),
  status: 201,
  headers: { 'azure-asyncoperation': 'https://somewhere', 'x-ms-async-operation-timeout': 'PT30M' },
  responseBody: JSON.stringify(endpoint),
}
const secrets: Exchange = {
  ...put,
  method: 'POST',
  path: `${workspace}/datastores/store/listSecrets?api-version=2025-09-01`,
  requestBody: '',
  status: 200,
  responseBody: JSON.stringify({ secretsType: 'Sas', sasToken: 'x' }),
}

function finds(t: ExecutionContext, exchange: Exchange, where: string, what: RegExp): void {
  const found = new Contract().check(exchange)
  t.true(
    found.some((one) => one.where === where && what.test(one.what)),
    JSON.stringify(found),
  )
}

describe(titled('an exchange that is as described has no violation'), (t) => {
  t.deepEqual(new Contract().check(put), [])
  t.deepEqual(new Contract().check(secrets), [])
})

describe(titled('every way of differing from the description is found'), (t) => {
  const body = (properties: unknown): string => JSON.stringify({ location: 'local', properties })
  finds(t, { ...put, path: `${workspace}/onlineThings/blue?api-version=1` }, 'operation', /is not described/)
  finds(t, { ...put, path: `${workspace}/onlineEndpoints/blue` }, 'parameter', /api-version is missing/)
  finds(t, { ...put, path: `${put.path}&force=true` }, 'parameter', /force is not described/)
  finds(t, { ...put, requestBody: '' }, 'request body', /is missing/)
  finds(t, { ...put, requestBody: body({}) }, 'request body', /required property 'authMode'/)
  finds(t, { ...put, requestBody: body({ authMode: 'Magic' }) }, 'request body', /\/properties\/authMode/)
  finds(t, { ...put, requestBody: body({ authMode: 'Key', traffic: { a: 0.5 } }) }, 'request body', /traffic\/a/)
  finds(t, { ...put, status: 206 }, 'status', /206 is not described/)
  finds(t, { ...put, responseBody: '' }, 'response body', /is missing/)
  finds(t, { ...put, responseBody: JSON.stringify({ ...endpoint, location: 7 }) }, 'response body', /\/location/)
  finds(t, { ...put, headers: {} }, 'response header', /Azure-AsyncOperation is missing/)
})

describe(titled('what a body must hold depends on its discriminator'), (t) => {
  const answer = (body: unknown): Exchange => ({ ...secrets, responseBody: JSON.stringify(body) })
  finds(t, answer({ secretsType: 'Riddle' }), 'response body', /secretsType/)
  finds(t, answer({ secretsType: 'Sas', sasToken: 5 }), 'response body', /sasToken/)
})

describe(titled('a request that was refused may be wrong, but never one of our own'), (t) => {
  const refused: Exchange = {
    ...put,
    status: 400,
    requestBody: '{}',
    responseBody: JSON.stringify({ error: { code: 'BadRequest', message: 'The request is invalid.' } }),
  }
  t.deepEqual(new Contract().check(refused), [])
  finds(t, { ...refused, userAgent: 'azureml-cd/0.1.0' }, 'request body', /required property/)
})
