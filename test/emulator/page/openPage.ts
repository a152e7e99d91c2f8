import test, { type ExecutionContext } from 'ava'
import { type Browser, type BrowserContext, chromium as browsers, type Page } from 'playwright-core'
import { chromium } from '../../requirements.ts'
import audit from './browser/audit.ts?browser'

export interface OpenPage {
  readonly page: Page
  readonly context: BrowserContext
  /** What no page may cause: messages in the console, exceptions, requests to other hosts, dialogs. */
  readonly problems: readonly string[]
}

let launched: Promise<Browser> | undefined
test.after.always(async () => (await launched)?.close())

/** One Chromium for the tests of a file, with a new profile. */
function browser(): Promise<Browser> {
  launched ??= browsers.launch({
    executablePath: chromium,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
  return launched
}

/**
 * Opens an address as somebody who was never there, at 1280 px and in light.
 * `ignored` are console messages that a test causes on purpose.
 */
export async function openPage(
  t: ExecutionContext,
  url: string,
  options: {
    readonly ignored?: RegExp
  } = {},
): Promise<OpenPage> {
  const context = await (await browser()).newContext({
    // The certificate authority of the workspace is nobody's but the workspace's.
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  t.teardown(() => context.close())
  await context.addInitScript(audit)
  const problems: string[] = []
  const page = await context.newPage()
  page.on('console', (message) => {
    if (options.ignored?.test(message.text()) !== true) problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`))
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  const { origin } = new URL(url)
  page.on('request', (request) => {
    if (!/^data:/.test(request.url()) && new URL(request.url()).origin !== origin)
      problems.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  return { page, context, problems }
}
