import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { bulk } from '../../bulk.ts'
import { serve } from '../../emulator/served.ts'
import { OwnService } from './ownService.ts'
import { Product, rolloutTags } from './product.ts'
import { versionServed } from './scorer.ts'

const kills = bulk('kills of a workspace in mid-update', { all: 3, sample: 1 })

test('a workspace that is killed in mid-update and comes back costs no more than another run', async (t) => {
  const location = await mkdtemp(join(tmpdir(), 'azureml-cd-restart-'))
  t.teardown(() => rm(location, { recursive: true, force: true }))
  const folder = join(location, 'workspace')
  let emulator = await serve({ location: folder })
  t.teardown(() => emulator.end('SIGTERM'))
  const port = Number(new URL(emulator.said.url).port)
  const productAt = async () => {
    const runs = await mkdtemp(join(location, 'runs-'))
    return new Product({ client: emulator.client, envFile: emulator.said.envFile, location: runs })
  }
  const first = await productAt()
  const service = await OwnService.create(first, 'restarted')
  await first.done(service.deployment(await service.register()))

  const told: string[] = []
  for (const milliseconds of [800, 350, 1300].slice(0, kills)) {
    const product = await productAt()
    const version = await service.register()
    const update = await product.run(service.update(version, 1))
    await pause(milliseconds)
    await emulator.end('SIGKILL')
    emulator = await serve({ location: folder, port })
    const { code, stderr } = await update.ended
    const again = await (await productAt()).cli(service.update(version))
    told.push(`killed after ${milliseconds} ms: ${code}, again: ${again.code}`)
    if (code !== 0) t.regex(stderr, /Error: \S/)
    t.is(again.code, 0, again.stderr)
    const after = await productAt()
    const state = await after.service('restarted')
    t.is(await versionServed(after, 'restarted'), version)
    t.is(state.deployments.length, 1)
    t.deepEqual(Object.values(state.traffic), [100])
    t.deepEqual(rolloutTags(state), [])
  }
  t.log(told.join('; '))
})
