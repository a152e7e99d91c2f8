import { answered, type ContractScript, page, refused } from './contractCase.ts'

export const outcomes: ContractScript = {
  title: 'what run() returns or raises decides the answer',
  environmentVariables: { SCORING_TIMEOUT_MS: '300' },
  script: `
import time
from azureml_inference_server_http.api.aml_response import AMLResponse

def init(): pass

def run(what):
    if what == "raise": raise ValueError("no")
    if what == "none": return None
    if what == "object": return object()
    if what == "nan": return float("nan")
    if what == "text": return "grün"
    if what == "slow":
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline: pass
    if what == "created": return AMLResponse({"a": 1}, 201, {"x-own": "1, 2"}, json_str=True)
    if what == "page": return AMLResponse("<p>", 200)
    if what == "bytes": return AMLResponse(b"raw", 200, {"Content-Type": "image/png"})
    if what == "empty": return AMLResponse(None, 200)
    if what == "unavailable": return AMLResponse("later", 503)
    if what == "missing": return AMLResponse("no", 404)
    if what == "stream": return AMLResponse((str(i) for i in range(3)), 200)
`,
  cases: [
    {
      title: 'an exception',
      send: { body: 'raise' },
      status: 500,
      body: '{"message": "An unexpected error occurred in scoring script. Check the logs for more info."}',
      headers: { 'x-ms-run-function-failed': 'True', 'x-ms-run-fn-exec-ms': null },
    },
    { title: 'None', send: { body: 'none' }, status: 200, body: '{}', headers: answered },
    {
      title: 'not serialisable',
      send: { body: 'object' },
      status: 500,
      body: '{"message": "An unexpected internal error occurred. Check the logs for more info."}',
      headers: refused,
    },
    { title: 'not a number', send: { body: 'nan' }, status: 200, body: 'NaN', headers: answered },
    { title: 'text', send: { body: 'text' }, status: 200, body: '"gr\\u00fcn"', headers: answered },
    {
      title: 'too slow',
      send: { body: 'slow' },
      status: 500,
      body: '{"message": "Scoring timeout after 300 ms"}',
      headers: { 'x-ms-run-function-failed': 'True' },
    },
    {
      title: 'own status and headers',
      send: { body: 'created' },
      status: 201,
      body: '{"a": 1}',
      headers: { ...answered, 'x-own': '1, 2' },
    },
    { title: 'a page', send: { body: 'page' }, status: 200, body: '<p>', headers: { ...answered, ...page } },
    { title: 'bytes', send: { body: 'bytes' }, status: 200, body: 'raw', headers: { 'content-type': 'image/png' } },
    { title: 'an empty AMLResponse', send: { body: 'empty' }, status: 200, body: '{}', headers: answered },
    {
      title: 'own 503',
      send: { body: 'unavailable' },
      status: 503,
      body: 'later',
      headers: { 'x-ms-run-function-failed': 'True' },
    },
    {
      title: 'own 404',
      send: { body: 'missing' },
      status: 404,
      body: 'no',
      headers: { 'x-ms-run-function-failed': 'False' },
    },
    { title: 'a stream', send: { body: 'stream' }, status: 200, body: '012', headers: { 'content-length': null } },
    { title: 'and works on', send: { body: 'none' }, status: 200, body: '{}' },
  ],
}
