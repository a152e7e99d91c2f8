import { createHash } from 'node:crypto'
import script from './browser/main.ts?browser'
import style from './page.css'
import template from './page.html'

/** The whole page in one document: it loads nothing else. */
export const pageDocument = template
  .replace('/* style */', () => style)
  .replace('/* script */', () => script.replaceAll('</script', '<\\/script'))

/**
 * Only this script and this style run; texts can never become markup (trusted types); and the page asks nobody but the
 * emulator that it came from.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${hash('script')}`,
    `style-src ${hash('style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function hash(element: 'script' | 'style'): string {
  const [, content = ''] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(pageDocument) ?? []
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`
}
