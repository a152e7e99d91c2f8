import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline'

/**
 * An HTTP client that also trusts the given certificate authorities (PEM), for a cloud that runs on one machine and
 * signs its own certificates. Connections are kept open between requests.
 */
export function trustingHttpClient(certificateAuthorities: readonly string[]): HttpClient {
  const client = createDefaultHttpClient()
  // One object for all requests: the library keeps its connections by the identity of these settings.
  const tlsSettings = { ca: [...certificateAuthorities] }
  return {
    sendRequest(request) {
      request.tlsSettings ??= tlsSettings
      return client.sendRequest(request)
    },
  }
}
