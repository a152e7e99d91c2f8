import test from 'ava'
import { scoringRuntime } from '../../../core/runtime/scoringRuntime.ts'
import { python, testWith } from '../../requirements.ts'

test('a Python that is not there is named', async (t) => {
  await t.throwsAsync(scoringRuntime('process', { python: 'no-such-python' }), {
    name: 'UserError',
    message: 'The Python "no-such-python" cannot be run on this machine.',
  })
})

test('processes are told by their Python', async (t) => {
  const runtime = await scoringRuntime('process', { python })
  t.is(runtime.kind, 'process')
  t.regex(runtime.description, /^processes of Python 3\.\d+\.\d+ \(\//)
})

test.serial(
  'an engine on another machine is refused, because it cannot see the files; `auto` then takes processes',
  async (t) => {
    const before = process.env.DOCKER_HOST
    process.env.DOCKER_HOST = 'tcp://engine.example:2375'
    try {
      await t.throwsAsync(scoringRuntime('docker'), {
        name: 'UserError',
        message: /engine\.example is on another machine/,
      })
      t.is((await scoringRuntime('auto', { python })).kind, 'process')
      process.env.DOCKER_HOST = 'unix:///nowhere/docker.sock'
      await t.throwsAsync(scoringRuntime('docker'), {
        name: 'UserError',
        message: 'No Docker engine answers on this machine.',
      })
    } finally {
      if (before === undefined) delete process.env.DOCKER_HOST
      else process.env.DOCKER_HOST = before
    }
  },
)

testWith('docker').serial('`auto` takes Docker where an engine answers', async (t) => {
  t.is((await scoringRuntime('auto', { python })).kind, 'docker')
})
