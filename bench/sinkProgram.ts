// A blob service that throws away what it is sent, in a process of its own. It prints its address when it is ready.
//
//   node sinkProgram.js [CERTIFICATE FILE, KEY FILE]
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'

const [, , certificateFile, keyFile] = process.argv

const nothingThere =
  '<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs /><NextMarker /></EnumerationResults>'
const facts = { etag: '"0"', 'last-modified': new Date(0).toUTCString(), 'x-ms-version': '2021-12-02' }

const answer: RequestListener = (request, response) => {
  request.resume()
  request.once('end', () => {
    if (request.method === 'PUT') response.writeHead(201, { ...facts, 'content-length': '0' }).end()
    else response.writeHead(200, { ...facts, 'content-type': 'application/xml' }).end(nothingThere)
  })
}

const secure = certificateFile !== undefined && keyFile !== undefined
const server = secure
  ? createSecureServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, answer)
  : createServer(answer)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address) console.log(`${secure ? 'https' : 'http'}://127.0.0.1:${address.port}`)
})
