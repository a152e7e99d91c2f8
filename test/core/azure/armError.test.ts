import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import test from 'ava'
import { AzureError, isBusy } from '../../../core/azure/armError.ts'
import { unwrapErrorBody } from '../../../core/azure/errorBody.ts'

function answered(status: number, body: unknown) {
  return AzureError.fromAnswer('creating the deployment "green"', {
    status,
    bodyAsText: typeof body === 'string' ? body : JSON.stringify(body),
    headers: createHttpHeaders({ 'x-ms-correlation-request-id': '11111111-2222-3333-4444-555555555555' }),
    request: createPipelineRequest({ url: 'https://localhost' }),
  })
}

test('the innermost cause of a nested error is shown, with its correlation id', (t) => {
  const error = answered(404, {
    error: {
      code: 'UserError',
      message: 'The specified resource was not found.',
      details: [{ code: 'ModelNotFound', message: 'Model container with name: x not found.', details: [] }],
    },
  })
  t.is(error.code, 'ModelNotFound')
  t.is(error.reason, 'Model container with name: x not found.')
  t.regex(error.message, /^While creating the deployment "green", Azure answered 404 \(ModelNotFound\): /)
  t.is(error.correlationId, '11111111-2222-3333-4444-555555555555')
})

test('JSON inside a message is unwrapped: a lack of quota is told in its own words', (t) => {
  const inside = {
    errors: { VmSize: ['Not enough quota available for Standard_F4s_v2. Additional needed: 8'] },
    status: 400,
  }
  const error = answered(400, {
    error: {
      code: 'BadRequest',
      message: 'The request is invalid.',
      details: [
        {
          code: 'InferencingClientCreateDeploymentFailed',
          message: `InferencingClient HttpRequest error, error detail: ${JSON.stringify(inside)}`,
        },
      ],
    },
  })
  t.is(error.reason, 'Not enough quota available for Standard_F4s_v2. Additional needed: 8')
  t.regex(error.hint ?? '', /quota/)
})

test('a code that is null is read from the message', (t) => {
  const cause = unwrapErrorBody({
    error: { code: null, message: '(None) ResourceNotReady: User container has crashed.' },
  })
  t.deepEqual(cause, { code: 'ResourceNotReady', message: 'User container has crashed.' })
  t.deepEqual(
    unwrapErrorBody('(UserError) Asset paths cannot be updated.').message,
    '(UserError) Asset paths cannot be updated.',
  )
})

test('storage answers in XML and proxies in HTML are readable too', (t) => {
  const xml =
    '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Server failed.\nRequestId:1</Message></Error>'
  t.deepEqual(unwrapErrorBody(xml), { code: 'AuthenticationFailed', message: 'Server failed.' })
  t.is(unwrapErrorBody('<html><h1>Bad   gateway</h1></html>').message, 'Bad gateway')
})

test('refusals name the role that is missing, and sign-in failures their cause', (t) => {
  t.regex(answered(403, { error: { code: 'AuthorizationFailed', message: 'no' } }).hint ?? '', /AzureML Data Scientist/)
  const expired = new Error(
    'invalid_client: Error(s): 7000222 - AADSTS7000222: The provided client secret keys for app are expired. Trace ID: 1 Correlation ID: 2',
  )
  expired.name = 'AuthenticationError'
  const error = AzureError.fromFailure('reading the workspace "w"', expired)
  t.is(error.code, 'AADSTS7000222')
  t.is(error.reason, 'The provided client secret keys for app are expired.')
  t.regex(error.hint ?? '', /secret has expired/)
  const tenant = AzureError.fromFailure('x', new Error('AADSTS90002: Tenant not found.'))
  t.regex(tenant.hint ?? '', /tenant/)
})

test('only a conflict with a change under way counts as busy', (t) => {
  const message = 'Cannot create a deployment in endpoint e because it is in Updating provisioning state.'
  t.true(isBusy(answered(409, { error: { code: 'Conflict', message } })))
  t.false(isBusy(answered(409, { error: { code: 'Conflict', message: 'The name is taken.' } })))
  t.false(isBusy(answered(404, { error: { code: 'X', message } })))
})
