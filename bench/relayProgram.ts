// A relay on a free port that keeps its wake-ups in a folder, in a process of its own. It prints its address when it is
// ready, and at its end takes what is in the folder as a restarted relay would.
//
//   node relayProgram.js FOLDER KEY
import { WakeUpFolder } from '../core/trigger/index.ts'
import { serve } from '../relay/hosts/serve.ts'
import { createRelay } from '../relay/relay.ts'
import { relaySettings } from '../relay/settings.ts'

const [, , folder = '', key = ''] = process.argv
const quiet = () => undefined
const relay = createRelay({
  settings: relaySettings({ AZUREML_CD_RELAY_KEY: key }),
  wakeUps: await WakeUpFolder.open(folder),
  log: { debug: quiet, info: quiet, warning: console.error, error: console.error },
})
const { url } = await serve({ relay, host: '127.0.0.1', port: 0 })
console.log(url)
