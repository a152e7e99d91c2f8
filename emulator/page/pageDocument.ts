import { createHash } from 'node:crypto'
import script from './browser/main.ts?browser'
import template from './page.html'
import badge from './style/badge.css'
import cards from './style/cards.css'
import deployment from './style/deployment.css'
import logs from './style/logs.css'
import models from './style/models.css'
import narrow from './style/narrow.css'
import palette from './style/palette.css'
import text from './style/text.css'
import timeline from './style/timeline.css'
import top from './style/top.css'
import traffic from './style/traffic.css'

const style = [palette, text, top, cards, badge, traffic, deployment, models, timeline, logs, narrow].join('\n')

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
