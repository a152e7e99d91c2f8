import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { ScoringServerSpec } from '../../../core/runtime/scoringServer.ts'

/** A folder with an entry script in it, and what a server needs to run it. It is removed when the test ends. */
export async function scoringFolder(
  t: Pick<ExecutionContext, 'teardown'>,
  script: string,
  files: Readonly<Record<string, string>> = {},
): Promise<ScoringServerSpec & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'azureml-cd-scoring-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  for (const [name, content] of Object.entries({ 'code/score.py': script, ...files })) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
  return {
    root,
    name: 'test',
    sourceDirectory: join(root, 'code'),
    entryScript: 'score.py',
    models: [],
    environmentVariables: {},
    logFile: join(root, 'server.log'),
  }
}
