// Runs the simulation of the trigger long: 20,000 registrations under each fault and under all together, and thousands
// of random schedules. Takes an hour or so.
//
//   npm run soak -- [--registrations 20000] [--seeds 1,2,3] [--schedules 5000]
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    registrations: { type: 'string', default: '20000' },
    seeds: { type: 'string', default: '1,2,3' },
    schedules: { type: 'string', default: '5000' },
  },
})

const { status } = spawnSync(
  process.execPath,
  ['node_modules/ava/entrypoints/cli.mjs', 'dist-soak/test/**/{simulation,schedules}.test.js', '--timeout', '10h'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: '--enable-source-maps --max-old-space-size=4096',
      AZUREML_CD_SOAK_REGISTRATIONS: values.registrations,
      AZUREML_CD_SOAK_SEEDS: values.seeds,
      AZUREML_CD_SOAK_SCHEDULES: values.schedules,
    },
  },
)
process.exitCode = status ?? 1
