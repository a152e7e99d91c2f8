// Runs the bundled tests with ava, shows each by its sentence, and closes with what was not covered and a plain count.
//
//   node scripts/test.mjs [--out DIR] [--match TEXT]
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'dist' }, match: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
})

// Every exchange with an embedded workspace, whatever test made it, is kept for the validation at the end.
const exchanges = mkdtempSync(join(tmpdir(), 'azureml-cd-exchanges-'))
/** What is there in bulk and was only sampled, a line each (test/bulk.ts). */
const samples = join(exchanges, 'samples.txt')
const recorder = pathToFileURL(resolve('scripts/recordExchanges.mjs')).href

const ava = spawn(
  process.execPath,
  [
    'node_modules/ava/entrypoints/cli.mjs',
    '--tap',
    ...values.match.flatMap((text) => ['--match', text]),
    `${values.out}/test/**/*.test.js`,
  ],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_OPTIONS: `--enable-source-maps --import=${recorder}`,
      AZUREML_CD_EXCHANGES: exchanges,
      AZUREML_CD_SAMPLES: samples,
    },
  },
)

const count = { passed: 0, failed: 0, skipped: 0 }
/** @type {string[]} */
const notCovered = []
for await (const line of createInterface({ input: ava.stdout })) {
  const result = /^(not )?ok \d+ - (.*?)( # SKIP.*)?$/.exec(line)
  if (!result) {
    // Logs and the details of failures are indented; the plan and the totals are counted here instead.
    if (/^(\s|# (?!tests|pass|skip|fail|todo))/.test(line)) console.log(line)
    continue
  }
  const [, not, title = '', skipped] = result
  if (skipped) {
    count.skipped += 1
    notCovered.push(title)
  } else if (not) {
    count.failed += 1
    console.log(`✘ ${title}`)
  } else {
    count.passed += 1
    console.log(`✔ ${title}`)
  }
}
const status = await new Promise((resolve) =>
  ava.exitCode === null ? ava.once('close', resolve) : resolve(ava.exitCode),
)

const { exchangeReport } = await import(
  pathToFileURL(resolve(values.out, 'test/emulator/contract/exchangeReport.js')).href
)
const sampled = existsSync(samples) ? readFileSync(samples, 'utf8').trimEnd().split('\n').toSorted() : []
rmSync(samples, { force: true })
const contract = await exchangeReport(exchanges)
rmSync(exchanges, { recursive: true, force: true })
const contractTitle = 'every exchange of these tests is as Microsoft describes it'
if (contract.skipped) {
  count.skipped += 1
  notCovered.push(`${contractTitle} [${contract.skipped}]`)
} else if (contract.violations.length > 0) {
  count.failed += 1
  console.log(`✘ ${contractTitle}`)
  for (const violation of contract.violations) console.log(`    ${violation}`)
} else {
  count.passed += 1
  console.log(`✔ ${contractTitle}`)
}
if (!contract.skipped)
  console.log(
    `\n${contract.exchanges} exchanges about ${contract.operations} operations validated: ${contract.violations.length} violations outside the allow-list of ${contract.allowedEntries}`,
  )

if (sampled.length > 0) {
  console.log('\nOnly a sample on this machine; with AZUREML_CD_FORBID_SKIPPING=1 all are run:')
  for (const sample of sampled) console.log(`  - ${sample}`)
}
if (notCovered.length > 0) {
  console.log('\nNot covered on this machine:')
  for (const title of notCovered) console.log(`  - ${title}`)
}
if (status !== 0 && count.failed === 0) count.failed = 1
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`)
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0
