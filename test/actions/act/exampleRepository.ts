import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const diabetes = 'examples/diabetes'

/** The example workflows, all of them. */
export const exampleWorkflows = [
  ...['train-and-register', 'deploy-on-model-event', 'watch', 'promote', 'many-models', 'deploy'],
] as const

/** Fills a folder with a repository that has the example workflows and what they name; `train` says what it trains. */
export async function exampleRepository(folder: string): Promise<{ train(version: string): Promise<void> }> {
  const at = (...names: string[]) => join(folder, ...names)
  await mkdir(at('.github/workflows'), { recursive: true })
  for (const name of exampleWorkflows) {
    const text = await readFile(`examples/github/${name}.yml`, 'utf8')
    // Nobody waits minutes here for a version to prove itself.
    const hasty = text
      .replace('bake-seconds: 300', 'bake-seconds: 0')
      .replace(/^( *)better-metrics: \$\{\{.*$/m, '$&\n$1bake-seconds: 0')
    await writeFile(at(`.github/workflows/${name}.yml`), hasty)
  }
  await cp(join(diabetes, 'source'), at('service/source'), { recursive: true })
  await cp(join(diabetes, 'inferenceconfig.json'), at('service/inferenceconfig.json'))
  await cp(join(diabetes, 'deploymentconfig.json'), at('service/deploymentconfig.json'))
  await cp('test/actions/patient.json', at('service/requests.json'))
  await mkdir(at('training'))
  await cp(join(diabetes, 'models'), at('training/models'), { recursive: true })
  await writeFile(
    at('training/train.sh'),
    '#!/bin/sh\nset -e\nmkdir -p "$1/model"\ncp "training/models/$(cat training/version)/"* "$1/model/"\necho rmse=54 > "$1/metrics.txt"\n',
  )
  await chmod(at('training/train.sh'), 0o755)
  const train = (version: string) => writeFile(at('training/version'), version)
  await train('v1')
  for (const args of [
    ['init', '--quiet', '--initial-branch', 'main'],
    ['remote', 'add', 'origin', 'https://github.com/contoso/models.git'],
    ['add', '--all'],
    ['-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'Begin'],
  ])
    if (spawnSync('git', args, { cwd: folder }).status !== 0) throw new Error(`git ${args.join(' ')} failed.`)
  return { train }
}
