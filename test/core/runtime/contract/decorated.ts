import { answered, type ContractScript, json, refused } from './contractCase.ts'

export const requestHeaders: ContractScript = {
  title: 'run() may ask for the headers, and scripts may lie deeper in the folder',
  environmentVariables: { SERVER_VERSION_LOG_RESPONSE_ENABLED: 'false' },
  script: `
import os, beside
def init(): pass
def run(data, request_headers): return [request_headers["X-Own"], "Content-Type" in request_headers, os.getcwd() == os.environ["AML_APP_ROOT"], beside.value]
`,
  files: { 'code/beside.py': 'value = 7\n' },
  cases: [
    {
      title: 'headers',
      send: { headers: { ...json, 'x-own': 'b' } },
      status: 200,
      body: '["b", true, true, 7]',
      headers: { ...answered, 'x-ms-server-version': null },
    },
  ],
}

export const rawHttp: ContractScript = {
  title: '@rawhttp hands over the request',
  script: `
from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse
def init(): pass
@rawhttp
def run(request):
    return AMLResponse([request.method, request.path, request.args.get("a"), request.get_data().decode(), request.headers.get("x-own"),
        request.get_json(silent=True), request.mimetype], 200, json_str=True)
`,
  cases: [
    {
      title: 'POST',
      send: {
        path: '/score?a=1',
        headers: { 'content-type': 'application/json; charset=utf-8', 'X-OWN': 'b' },
        body: '{"a": 2}',
      },
      status: 200,
      body: '["POST", "/score", "1", "{\\"a\\": 2}", "b", {"a": 2}, "application/json"]',
      headers: answered,
    },
    { title: 'GET', send: { method: 'GET' }, status: 200, body: '["GET", "/score", null, "", null, null, ""]' },
    {
      title: 'OPTIONS',
      send: { method: 'OPTIONS' },
      status: 200,
      body: '["OPTIONS", "/score", null, "", null, null, ""]',
    },
  ],
}

export const typed: ContractScript = {
  title: '@input_schema gives run() typed arguments',
  needsPackages: true,
  script: `
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as Standard
def init(): pass
@input_schema("data", Standard([1.5]))
@input_schema("scale", Standard(2))
@output_schema(Standard([1.5]))
def run(data, scale=2): return [value * scale for value in data]
`,
  cases: [
    {
      title: 'both',
      send: { headers: json, body: '{"data": [1, 2], "scale": 3}' },
      status: 200,
      body: '[3, 6]',
      headers: answered,
    },
    {
      title: 'default',
      send: { headers: json, body: '{"data": [1, 2], "more": 3}' },
      status: 200,
      body: '[2, 4]',
      headers: answered,
    },
    { title: 'query', send: { method: 'GET', path: '/score?data=[2]&scale=5' }, status: 200, body: '[10]' },
    { title: 'missing', send: { headers: json, body: '{}' }, status: 400, body: /'data'/, headers: refused },
    { title: 'not JSON', send: { headers: json, body: '{' }, status: 400, body: /could not be decoded as JSON/ },
    { title: 'empty', send: { headers: json, body: '' }, status: 400, body: /empty/ },
    { title: 'a list', send: { headers: json, body: '[]' }, status: 400, body: /dictionary/ },
    {
      title: 'no content type',
      send: { body: '{}' },
      status: 415,
      body: '{"message": "Expects Content-Type to be application/json"}',
    },
    { title: 'OPTIONS', send: { method: 'OPTIONS' }, status: 200, body: '' },
  ],
}
