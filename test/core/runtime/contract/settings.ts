import { type ContractScript, refused } from './contractCase.ts'

export const cors: ContractScript = {
  title: 'browsers of the named origins may call',
  script: 'def init(): pass\ndef run(data): return 1\n',
  environmentVariables: { AML_CORS_ORIGINS: 'https://a.example, https://b.example' },
  cases: [
    {
      title: 'named',
      send: { headers: { Origin: 'https://b.example' } },
      status: 200,
      body: '1',
      headers: { 'access-control-allow-origin': 'https://b.example', vary: 'Origin' },
    },
    {
      title: 'not named',
      send: { headers: { Origin: 'https://c.example' } },
      status: 200,
      body: '1',
      headers: { 'access-control-allow-origin': null },
    },
    {
      title: 'preflight',
      send: { method: 'OPTIONS', headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'POST' } },
      status: 200,
      body: '',
      headers: { 'access-control-allow-origin': 'https://a.example', 'access-control-allow-methods': 'GET, POST' },
    },
  ],
}

export const ownDescription: ContractScript = {
  title: 'a description beside the script is served as it is, and settings may come from config.json',
  script: 'def init(): pass\ndef run(data): return 1\n',
  files: {
    'code/swagger3.json': '{"own": 3}',
    'code/config.json': '{"SERVICE_NAME": "from the file", "SERVICE_VERSION": "from the file"}',
  },
  environmentVariables: { SERVICE_NAME: 'from the environment' },
  cases: [
    {
      title: 'own',
      send: { method: 'GET', path: '/swagger.json?version=3' },
      status: 200,
      body: '{"own": 3}',
      headers: { 'content-type': 'application/json' },
    },
    {
      title: 'made',
      send: { method: 'GET', path: '/swagger.json?version=2.0' },
      status: 200,
      body: /"title": "from the environment".*"version": "from the file"/,
    },
    {
      title: 'unknown',
      send: { method: 'GET', path: '/swagger.json?version=4' },
      status: 404,
      body: /2, 3, 3\.1/,
      headers: refused,
    },
  ],
}
