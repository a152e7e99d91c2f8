import { jsonAnswer } from '../answers.ts'
import { sameSecret } from '../senders/sameSecret.ts'

/** Whether a request carries the token of the status page: as a bearer token, or as the password that browsers ask for. */
export function isReader(request: Request, token: string): boolean {
  const [scheme = '', value = ''] = (request.headers.get('authorization') ?? '').split(' ')
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return sameSecret(value, token)
    case 'basic':
      return sameSecret(
        Buffer.from(value, 'base64')
          .toString('utf8')
          .replace(/^[^:]*:/, ''),
        token,
      )
    default:
      return false
  }
}

export function readerAsked(): Response {
  return jsonAnswer(
    401,
    { error: 'The status token is required.' },
    { 'www-authenticate': 'Basic realm="azureml-cd relay", charset="UTF-8"' },
  )
}
