// Runs the simulation of the trigger long: 20,000 registrations under each fault and under all together, and thousands
// of random schedules. Takes an hour or so.
//
//   npm run soak
import { spawnSync } from 'node:child_process'

const { status } = spawnSync(
  process.execPath,
  ['node_modules/ava/entrypoints/cli.mjs', 'dist-soak/test/**/{simulation,schedules}.test.js', '--timeout', '10h'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_OPTIONS: '--enable-source-maps --max-old-space-size=4096',
      AZUREML_CD_SOAK_REGISTRATIONS: process.env.AZUREML_CD_SOAK_REGISTRATIONS ?? '20000',
      AZUREML_CD_SOAK_SEEDS: process.env.AZUREML_CD_SOAK_SEEDS ?? '1,2,3',
      AZUREML_CD_SOAK_SCHEDULES: process.env.AZUREML_CD_SOAK_SCHEDULES ?? '5000',
    },
  },
)
process.exitCode = status ?? 1
