import { RunningDemo } from '../examples/demo/runningDemo.ts'
import { testWith } from '../requirements.ts'
import { openPage } from './page/openPage.ts'
import { pictureFolder, takePicture } from './page/takePicture.ts'

testWith('chromium')('somebody who looks at the page follows the whole demo', async (t) => {
  t.timeout(180_000)
  // Who registers is shown; pictures are to name nobody.
  process.env.USER = 'ada'
  const demo = await RunningDemo.start(t, { args: ['--json', '--keep', '--runtime', 'process'] })
  await demo.tells('#token=')
  const url = /open (https:\S+)/.exec(demo.stderr)?.[1] ?? ''
  const { page, problems } = await openPage(t, url)
  page.setDefaultTimeout(120_000)
  const served = (version: number) => page.getByRole('img', { name: new RegExp(`^Traffic of diabetes: v${version}-`) })
  const rollouts = page.locator('#rollout-list')
  const outcome = (rollout: string) => rollouts.locator('li', { hasText: rollout }).locator('.badge')

  await served(1).waitFor()
  await rollouts.getByText('nothing → diabetes 1').waitFor()
  await served(2).waitFor()
  if (pictureFolder !== undefined)
    await page
      .getByRole('img', { name: /^Requests.*now [1-9]/ })
      .nth(1)
      .waitFor({ timeout: 1_500 })
  await takePicture(page, 'desk-light')
  await outcome('diabetes 1 → diabetes 2').getByText('Promoted').waitFor()
  await outcome('diabetes 2 → diabetes 3').getByText('Refused').waitFor()
  await demo.tells('stay up until')

  t.is(await served(2).count(), 1)
  t.is(await page.locator('.deployment').count(), 1)
  const versions = page.getByRole('region', { name: 'Models' }).locator('summary')
  t.deepEqual(await versions.locator('.version').allTextContents(), ['3', '2', '1'])
  t.deepEqual(await versions.locator('.badge').allTextContents(), ['Registered', 'Deployed', 'Registered'])
  t.regex(await rollouts.locator('.reason:visible').innerText(), /did not pass the test request .* expected/)
  const requests = page.getByRole('img', { name: /^Requests\/s/ }).locator('.edge')
  t.true(((await requests.getAttribute('d')) ?? '').split('L').length > 3)

  await versions.nth(1).click()
  await page.locator('details[open] dd', { hasText: /^ada$/ }).waitFor()
  for (const width of [1280, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const name = `${width === 390 ? 'phone' : 'desk'}-${colorScheme}`
      // Of a wide screen in light there is one of the rollout.
      if (name !== 'desk-light') await takePicture(page, name)
      t.deepEqual(await page.evaluate('audit.structureFaults()'), [], `${width} px, ${colorScheme}`)
    }
  t.deepEqual(problems, [])
  demo.signalGroup('SIGINT')
  await demo.ended
})
