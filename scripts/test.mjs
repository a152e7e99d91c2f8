// Runs the bundled tests with ava, shows each by its sentence, and closes with what was not covered and a plain count.
//
//   node scripts/test.mjs [--out DIR] [--match TEXT]
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'dist' }, match: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
})

const ava = spawn(
  process.execPath,
  [
    'node_modules/ava/entrypoints/cli.mjs',
    '--tap',
    ...values.match.flatMap((text) => ['--match', text]),
    `${values.out}/test/**/*.test.js`,
  ],
  { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '--enable-source-maps' } },
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

if (notCovered.length > 0) {
  console.log('\nNot covered on this machine:')
  for (const title of notCovered) console.log(`  - ${title}`)
}
if (status !== 0 && count.failed === 0) count.failed = 1
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`)
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0
