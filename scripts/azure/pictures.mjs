// Draws the icons of the tasks and of the extension: one SVG each, rendered by Chromium. Run it when a drawing changes.
//
//   node scripts/azure/pictures.mjs
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
const tray = '<path d="M6 19v5h20v-5"/>'
const model =
  '<circle cx="10" cy="10" r="2.6"/><circle cx="22" cy="10" r="2.6"/><circle cx="16" cy="22" r="2.6"/><path d="M12.6 10h6.8M11.2 12.4l3.6 7.2M20.8 12.4l-3.6 7.2"/>'

/** What is drawn on each, on a field of 32 by 32, in white lines. */
const glyphs = {
  register: { colour: '#0b62b8', drawing: `<path d="M16 6v11M11 12l5 5 5-5"/>${tray}` },
  deploy: { colour: '#0b62b8', drawing: `<path d="M16 18V6M11 11l5-5 5 5"/>${tray}` },
  package: { colour: '#0f6c70', drawing: '<path d="M5 10l11-5 11 5v12l-11 5-11-5zM5 10l11 5 11-5M16 15v12"/>' },
  test: { colour: '#107c41', drawing: '<path d="M7 17l6 6L25 9"/>' },
  watch: {
    colour: '#6b3fa0',
    drawing: '<path d="M4 16c4-7 8-9 12-9s8 2 12 9c-4 7-8 9-12 9s-8-2-12-9z"/><circle cx="16" cy="16" r="4"/>',
  },
  update: {
    colour: '#0b62b8',
    drawing: '<path d="M25 13a9.5 9.5 0 0 0-17-2.5M7 19a9.5 9.5 0 0 0 17 2.500M8 5v6h6M24 27v-6h-6"/>',
  },
  download: { colour: '#0f6c70', drawing: '<path d="M16 5v14M10 13l6 6 6-6M6 26h20"/>' },
  remove: { colour: '#b3261e', drawing: '<path d="M6 9h20M12 9V6h8v3M9 9l1 17h12l1-17M14 14v8M18 14v8"/>' },
  compute: {
    colour: '#6b3fa0',
    drawing:
      '<rect x="6" y="6" width="20" height="8" rx="1.5"/><rect x="6" y="18" width="20" height="8" rx="1.5"/><path d="M10 10h.1M10 22h.1"/>',
  },
  keys: {
    colour: '#6b3fa0',
    drawing: '<circle cx="11" cy="20" r="5"/><path d="M14.500 16.500L25 6M21 10l4 4M18 13l3 3"/>',
  },
  logs: { colour: '#107c41', drawing: '<path d="M7 9h18M7 16h18M7 23h11"/>' },
  show: { colour: '#107c41', drawing: '<circle cx="16" cy="16" r="10"/><path d="M16 15v6M16 10.500h.1"/>' },
  downloadArtifact: {
    colour: '#0f6c70',
    drawing: '<circle cx="16" cy="10" r="5"/><path d="M16 15v8M12 20l4 4 4-4M6 27h20"/>',
  },
}

/** @param {string} colour @param {string} drawing @param {number} size */
const svg = (colour, drawing, size) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${colour}"/><g fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">${drawing}</g></svg>`

const temporary = mkdtempSync(join(tmpdir(), 'azureml-cd-pictures-'))
/** @param {string} file @param {string} drawing @param {number} size */
function draw(file, drawing, size) {
  mkdirSync(dirname(file), { recursive: true })
  const page = join(temporary, 'page.html')
  writeFileSync(page, `<style>*{margin:0}svg{display:block}</style>${drawing}`)
  const { status, stderr } = spawnSync(
    chromium,
    [
      ...['--headless', '--no-sandbox', '--hide-scrollbars', '--default-background-color=00000000'],
      ...[`--window-size=${size},${size}`, `--screenshot=${resolve(file)}`, `file://${page}`],
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  console.log(file)
}

try {
  for (const [name, { colour, drawing }] of Object.entries(glyphs))
    draw(`tasks/AzureML${name[0]?.toUpperCase()}${name.slice(1)}/icon.png`, svg(colour, drawing, 32), 32)
  // For tasks that have no drawing of their own yet.
  draw('tasks/icon.png', svg('#0b62b8', model, 32), 32)
  draw('docs/azure-devops/logo.png', svg('#0b62b8', model, 128), 128)
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
