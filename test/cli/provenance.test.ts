import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { localProvenance } from '../../cli/provenance.ts'
import { testWith } from '../requirements.ts'

testWith('git').serial(
  'commit, repository without its credentials, and actor are known in a working copy',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'azureml-cd-provenance-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        cwd: folder,
        encoding: 'utf8',
      })
    git('init', '--quiet')
    git('commit', '--quiet', '--allow-empty', '--message', 'first')
    const commit = git('rev-parse', 'HEAD').trim()
    process.env.GIT_DIR = join(folder, '.git')
    t.teardown(() => delete process.env.GIT_DIR)
    t.deepEqual(await localProvenance({ USER: 'ada' }), { commit, repository: undefined, actor: 'ada' })
    for (const [url = '', shown] of [
      ['https://ada:t0k@n@example.com/group/models.git', 'https://example.com/group/models.git'],
      ['https://t0ken@example.com/group/models.git', 'https://example.com/group/models.git'],
      ['git+ssh://ada:t0ken@example.com/models', 'git+ssh://example.com/models'],
      ['git@example.com:group/models.git', 'git@example.com:group/models.git'],
    ]) {
      git('config', 'remote.origin.url', url)
      t.is((await localProvenance({})).repository, shown)
    }
  },
)

test.serial('nothing is known where there is no working copy, and an empty user name is none', async (t) => {
  process.env.GIT_DIR = join(tmpdir(), 'no-such-repository')
  t.teardown(() => delete process.env.GIT_DIR)
  const { commit, repository, actor } = await localProvenance({ USER: '', USERNAME: 'ada' })
  t.deepEqual({ commit, repository, actor }, { commit: undefined, repository: undefined, actor: 'ada' })
})
