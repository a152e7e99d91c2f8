// Writes the coverage part of docs/emulator.md from what an emulator answers, and the list of Microsoft's operations,
// where their descriptions lie beside this project.
//
//   node scripts/emulatorDocs.mjs
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { textImports } from './textImports.mjs'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const specs = '../shared/specs'
const described = {
  'Azure Machine Learning: assets, jobs, services': 'machine-learning/2023-04-01/mfe.json',
  'Azure Machine Learning: workspaces and computes': 'machine-learning/2023-04-01/machineLearningServices.json',
  'Azure Machine Learning: registries': 'machine-learning/2023-04-01/registries.json',
  'Container instances': 'neighbours/container-instance-2023-05-01.json',
  'Container registry tasks': 'neighbours/container-registry-tasks-2019-04-01.json',
  'Kubernetes clusters': 'neighbours/aks-managed-clusters-2023-05-01.json',
}
if (existsSync(specs)) {
  const list = Object.entries(described).map(([title, file]) => ({
    title,
    operations: Object.entries(JSON.parse(readFileSync(join(specs, file), 'utf8')).paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'parameters')
        .map(([method, { operationId }]) => ({ id: operationId, method: method.toUpperCase(), path })),
    ),
  }))
  writeFileSync('test/emulator/coverage/officialOperations.json', `${JSON.stringify(list, undefined, 2)}\n`)
}

const folder = mkdtempSync('dist-docs-')
try {
  await build({
    entryPoints: ['test/emulator/coverage/coverageTables.ts'],
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    ...textImports,
    logLevel: 'warning',
  })
  const { coverageTables } = await import(pathToFileURL(join(folder, 'coverageTables.js')).href)
  const document = readFileSync('docs/emulator.md', 'utf8')
  const [head] = document.split('<!-- coverage -->\n')
  writeFileSync('docs/emulator.md', `${head}<!-- coverage -->\n${await coverageTables()}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
