import { createHttpHeaders, createPipelineRequest, type HttpClient, type HttpMethods } from '@azure/core-rest-pipeline'
import type { HttpOperationResponse, IHttpClient, WebResource } from '@azure/storage-blob'

/** The storage library takes HTTP clients in an older shape only; this is one around a client of today's shape. */
export function storageHttpClient(client: HttpClient): IHttpClient {
  return {
    async sendRequest(request) {
      const { url, body, timeout, abortSignal, onUploadProgress, onDownloadProgress, streamResponseStatusCodes } =
        request
      const signal = abortSignal ? { abortSignal: toAbortSignal(abortSignal) } : {}
      const response = await client.sendRequest(
        createPipelineRequest({
          url,
          method: methodOf(request),
          body,
          timeout,
          allowInsecureConnection: true,
          headers: createHttpHeaders(request.headers.toJson({ preserveCase: true })),
          ...signal,
          ...(onUploadProgress ? { onUploadProgress } : {}),
          ...(onDownloadProgress ? { onDownloadProgress } : {}),
          ...(streamResponseStatusCodes ? { streamResponseStatusCodes } : {}),
        }),
      )
      const { status, bodyAsText, readableStreamBody } = response
      const answer: HttpOperationResponse = { request, status, headers: headersLike(request, response.headers) }
      if (bodyAsText !== undefined) answer.bodyAsText = bodyAsText
      if (readableStreamBody) answer.readableStreamBody = readableStreamBody
      return answer
    },
  }
}

// The older headers class is not exported; a clone of the request's, emptied, is one.
function headersLike(request: WebResource, headers: Iterable<[string, string]>) {
  const like = request.headers.clone()
  for (const { name } of like.headersArray()) like.remove(name)
  for (const [name, value] of headers) like.set(name, value)
  return like
}

const methods: readonly HttpMethods[] = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE']

function methodOf({ method }: WebResource): HttpMethods {
  return methods.find((known) => known === method) ?? 'GET'
}

function toAbortSignal(signal: NonNullable<WebResource['abortSignal']>): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort()
  else signal.addEventListener('abort', () => controller.abort())
  return controller.signal
}
