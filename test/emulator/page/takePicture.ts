import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { smallPicture } from './smallPicture.ts'

/** The folder for the pictures of the documentation: `docs/pictures` renews them. Without it none are taken. */
export const pictureFolder = process.env.AZUREML_CD_PICTURES

/** Of a whole page, or of a part of it. */
export async function takePicture(shown: Page | Locator, name: string): Promise<void> {
  if (pictureFolder === undefined) return
  const png = 'goto' in shown ? await shown.screenshot({ fullPage: true }) : await shown.screenshot()
  mkdirSync(pictureFolder, { recursive: true })
  writeFileSync(join(pictureFolder, `${name}.png`), smallPicture(png))
}
