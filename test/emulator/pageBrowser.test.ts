import type { ExecutionContext } from 'ava'
import { createEmulator, type Emulator } from '../../emulator/index.ts'
import { python, testWith } from '../requirements.ts'
import { Client } from './client.ts'
import { putCode, putDeployment, putEndpoint, putModel, score, scoringKey } from './deployable.ts'
import { openPage } from './page/openPage.ts'
import { pictureFolder, takePicture } from './page/takePicture.ts'

interface Workspace {
  readonly emulator: Emulator
  readonly client: Client
}

async function workspace(t: ExecutionContext): Promise<Workspace> {
  const emulator = await createEmulator({ runtime: 'process', python })
  const client = new Client(emulator)
  t.teardown(async () => {
    await client.close()
    await emulator.close()
  })
  return { emulator, client }
}

const script = `
def init():
    print("<img src=x onerror=alert('log')> \\x1b[31mred\\x1b[0m", flush=True)
def run(raw_data):
    if "fail" in raw_data:
        raise RuntimeError("told to fail")
    return {"ok": True}
`

/** For a picture with something on it: half a minute of requests, one of fifty of which fails. */
async function score100ASecond(client: Client, key: string): Promise<void> {
  const end = Date.now() + 30_000
  for (let number = 1; Date.now() < end; number += 1) {
    void score(client, { endpoint: 'churn', key, data: number % 50 === 0 ? { fail: 1 } : {} })
    await new Promise((settle) => setTimeout(settle, 10))
  }
}

async function deploy({ client }: Workspace, endpoint: string, names: readonly string[]): Promise<void> {
  const code = await putCode(client, script)
  await client.finished(await putEndpoint(client, endpoint))
  await Promise.all(
    names.map(async (name, index) => {
      const model = await putModel(client, String(index + 1))
      const { status, error } = await client.finished(await putDeployment(client, { endpoint, name, model, code }))
      if (status !== 'Succeeded') throw new Error(JSON.stringify(error))
    }),
  )
  const [first = ''] = names
  await client.finished(await putEndpoint(client, endpoint, { [first]: 100 }))
}

const testInChromium = testWith('chromium')

testInChromium('the page takes the token out of its address and shows a model as soon as it is there', async (t) => {
  const { emulator, client } = await workspace(t)
  const { page, context, problems } = await openPage(t, emulator.pageUrl)
  await page.getByText('There is no model yet.').waitFor()
  t.is(page.url(), `${emulator.url}/`)
  const [cookie] = await context.cookies(`${emulator.url}/_emulator/page/`)
  t.like(cookie, { httpOnly: true, secure: true, sameSite: 'Strict', path: '/_emulator/page' })
  t.false(cookie?.value.includes(emulator.controlToken))

  await client.arm('PUT', 'models/churn/versions/7', {
    properties: {
      modelUri: 'azureml://datastores/workspaceblobstore/paths/churn',
      modelType: 'custom_model',
      tags: { stage: 'candidate' },
      properties: { 'azureml-cd.digest': 'b5bb9d8014a0f9b1d61e21e796d78dcc', 'azureml-cd.actor': 'ada' },
    },
  })
  const models = page.getByRole('region', { name: 'Models' })
  await models.getByRole('heading', { name: 'churn' }).waitFor()
  await models.getByText('b5bb9d8014a0', { exact: true }).waitFor()
  await models.locator('summary').getByText('candidate').waitFor()
  await models.locator('summary').click()
  await models.getByText('b5bb9d8014a0f9b1d61e21e796d78dcc').waitFor()
  await models.getByText('ada').waitFor()
  const timeline = page.getByRole('region', { name: 'Timeline' })
  await timeline.getByText('The version was registered.').waitFor()

  // Nothing of it was asked for with the token in the address, and polling leaves no trace among the requests.
  t.false(JSON.stringify(emulator.requests.all()).includes(emulator.controlToken))
  t.false(emulator.requests.all().some(({ path }) => path.startsWith('/_emulator/')))
  t.deepEqual(problems, [])
})

testInChromium('the bar of the traffic moves with it, and each deployment shows what it answers', async (t) => {
  const here = await workspace(t)
  const { client, emulator } = here
  await deploy(here, 'churn', ['blue', 'green'])
  const { page, problems } = await openPage(t, emulator.pageUrl)
  const bar = (shares: string) => page.getByRole('img', { name: `Traffic of churn: ${shares}`, exact: true })
  await bar('blue 100 %').waitFor()
  await client.finished(await putEndpoint(client, 'churn', { blue: 70, green: 30 }))
  await bar('blue 70 %, green 30 %').waitFor()
  const widths = await Promise.all(
    ['blue', 'green'].map(async (name) => (await page.locator('.share', { hasText: name }).boundingBox())?.width ?? 0),
  )
  const [blue = 0, green = 0] = widths
  t.true(Math.abs(blue / (blue + green) - 0.7) < 0.01, `${widths}`)
  await page.getByText('Traffic went from blue 100 % to blue 70 % and green 30 %.').waitFor()

  const key = await scoringKey(client, 'churn')
  for (let number = 0; number < 10; number += 1)
    await score(client, { endpoint: 'churn', key, deployment: 'green', data: number < 8 ? {} : { fail: 1 } })
  const row = (name: string) => page.locator('.deployment', { has: page.getByRole('heading', { name, exact: true }) })
  await row('green')
    .getByRole('img', { name: /^Requests\/s, .* now 2,/ })
    .waitFor()
  await row('green')
    .getByRole('img', { name: /^Errors\/s, .* now 0\.4,/ })
    .waitFor()
  await row('green')
    .getByRole('img', { name: /^p95 latency, .* now [\d.]+ m?s,/ })
    .waitFor()
  await row('blue')
    .getByRole('img', { name: /^Requests\/s, .* now 0,/ })
    .waitFor()
  if (pictureFolder !== undefined) await score100ASecond(client, key)
  await takePicture(page.locator('.service'), 'traffic')
  t.regex((await row('green').locator('path.edge').first().getAttribute('d')) ?? '', /^M[\d.]+ [\d.]+L/)
  t.regex((await row('green').locator('path.bars').getAttribute('d')) ?? '', /^M/)

  await client.finished(await putEndpoint(client, 'churn', { green: 100 }))
  await client.finished(await client.arm('DELETE', 'onlineEndpoints/churn/deployments/blue'))
  await row('blue').waitFor({ state: 'detached' })
  await bar('green 100 %').waitFor()
  t.deepEqual(problems, [])
})

testInChromium('what others have written is shown as text, whatever it says', async (t) => {
  const here = await workspace(t)
  const { client, emulator } = here
  const hostile = `<img src=x onerror="alert('tag')"><script>alert(1)</script>`
  await deploy(here, 'churn', ['blue'])
  await client.arm('PUT', 'models/diabetes/versions/9', {
    properties: {
      modelUri: 'azureml://datastores/workspaceblobstore/paths/x',
      description: hostile,
      tags: { [hostile]: hostile, link: 'javascript:alert(1)', turned: '\u202Egnp.exe' },
      properties: { 'azureml-cd.runUrl': 'https://ci.example/run/1?<b>', 'azureml-cd.repository': hostile },
    },
  })
  const rollout = { 'azureml-cd.rollout': 'r1', 'azureml-cd.candidate': hostile, 'azureml-cd.phase': 'restoring' }
  await client.finished(
    await client.arm('PUT', 'onlineEndpoints/churn', {
      location: 'local',
      tags: { ...rollout, 'azureml-cd.reason': hostile },
      properties: { authMode: 'Key', traffic: { blue: 100 } },
    }),
  )
  const { page, problems } = await openPage(t, emulator.pageUrl)
  const nine = page.locator('details', { has: page.locator('.version', { hasText: /^9$/ }) })
  await nine.locator('summary').click()
  t.true((await nine.locator('dd', { hasText: hostile }).count()) >= 3)
  t.is(await nine.locator('dd', { hasText: 'javascript:' }).locator('a').count(), 0)
  const link = nine.getByRole('link', { name: 'https://ci.example/run/1?<b>' })
  t.is(await link.getAttribute('rel'), 'noreferrer noopener')
  await page.locator('#rollout-list .reason', { hasText: hostile }).waitFor()
  await page.locator('#log-text', { hasText: "<img src=x onerror=alert('log')>" }).waitFor()
  t.is(await page.locator('body img, body script:not(:last-of-type), body b').count(), 0)
  t.is(await page.locator('bdi', { hasText: 'gnp.exe' }).count(), 2)
  t.deepEqual(problems, [])
})

testInChromium('everything can be reached and used by keyboard alone, in the order in which it stands', async (t) => {
  const here = await workspace(t)
  await deploy(here, 'churn', ['blue'])
  const { page, problems } = await openPage(t, here.emulator.pageUrl)
  await page.getByRole('heading', { name: 'churn' }).waitFor()
  await page.locator('#log-text', { hasText: 'onerror' }).waitFor()
  const order: string[] = []
  for (;;) {
    await page.keyboard.press('Tab')
    const { name, isMarked } = await page.evaluate<{ name: string; isMarked: boolean }>('audit.focused()')
    if (name === '') break
    t.true(isMarked, `${name} does not show that it has the focus.`)
    order.push(name.replace(/^summary .*/, 'summary'))
  }
  t.deepEqual(order, [
    'a Skip to the content',
    ...['Services', 'Models', 'Timeline', 'Logs'].map((name) => `a ${name}`),
    'button Sign out',
    'summary',
    'ol Events, the newest first',
    'select Deployment',
    'select Part',
    'pre Log, the newest line last',
  ])
  await page.locator('summary').focus()
  await page.keyboard.press('Enter')
  await page.getByText('custom_model').waitFor()
  // Still there, and still open, after what is shown was brought up to date.
  await page.waitForResponse((answer) => answer.url().endsWith('/snapshot'))
  await page.waitForResponse((answer) => answer.url().endsWith('/snapshot'))
  t.regex(await page.evaluate<string>('audit.focused().name'), /^summary/)
  t.true(await page.getByText('custom_model').isVisible())
  await page.getByLabel('Part').focus()
  await page.keyboard.press('ArrowDown')
  await page.locator('#log-text', { hasNotText: 'onerror' }).waitFor()
  t.deepEqual(problems, [])
})

testInChromium(
  'on a wide screen and a phone, in light and dark, everything is named, in order and readable',
  async (t) => {
    const here = await workspace(t)
    await deploy(here, 'churn', ['blue', 'green'])
    await here.client.finished(await putEndpoint(here.client, 'churn', { blue: 60, green: 40 }))
    const { page, problems } = await openPage(t, here.emulator.pageUrl)
    await page.getByRole('img', { name: /blue 60 %/ }).waitFor()
    await page.locator('summary').first().click()
    for (const width of [1280, 390])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        t.deepEqual(await page.evaluate('audit.structureFaults()'), [], `${width} px, ${colorScheme}`)
        t.deepEqual(await page.evaluate('audit.contrastFaults()'), [], `${width} px, ${colorScheme}`)
      }
    t.deepEqual(problems, [])
  },
)

testInChromium(
  'a page without the token asks for it, says when it is wrong, and forgets it when told to',
  async (t) => {
    const { emulator } = await workspace(t)
    const { page, problems } = await openPage(t, `${emulator.url}/#token=guessed`, { ignored: /status of 401/ })
    await page.getByText('That is not the token of this workspace.').waitFor()
    t.is(await page.getByRole('region', { name: 'Models' }).count(), 0)
    const faults = async (): Promise<unknown> => [
      await page.evaluate('audit.contrastFaults()'),
      (await page.evaluate<string[]>('audit.structureFaults()')).filter((fault) => !fault.includes('landmark')),
    ]
    t.deepEqual(await faults(), [[], []])
    await page.getByLabel('Token').fill(emulator.controlToken)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Services' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Services' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Token').waitFor()
    await page.reload()
    await page.getByLabel('Token').waitFor()
    t.deepEqual(problems, [])
  },
)
