import type { ExecutionContext, TestFn } from 'ava'
import type { Store } from '../../../core/trigger/store.ts'

/** What every store must do, whoever keeps the records. `open` opens a place, the same one again as another process would. */
export function storeContract(test: TestFn, kind: string, open: (place: number) => Promise<Store>): void {
  let places = 0
  const run = (title: string, body: (t: ExecutionContext, store: Store, other: Store) => Promise<void>) =>
    test(`${kind}: ${title}`, async (t) => {
      places += 1
      const place = places
      await body(t, await open(place), await open(place))
    })

  run(
    'a record is written once by whoever says that it is not there, and read by everybody',
    async (t, store, other) => {
      t.is(await store.read('lanes', 'new'), undefined)
      const etag = await store.write({ collection: 'lanes', name: 'new', value: 'ä\n1', etag: undefined })
      t.is(await other.write({ collection: 'lanes', name: 'new', value: '2', etag: undefined }), undefined)
      t.deepEqual(await other.read('lanes', 'new'), { name: 'new', value: 'ä\n1', etag: etag ?? '' })
    },
  )

  run('a record is changed only as it was read', async (t, store, other) => {
    const at = { collection: 'lanes', name: 'changed' }
    const first = await store.write({ ...at, value: '1', etag: undefined })
    const second = await other.write({ ...at, value: '2', etag: first })
    t.truthy(second)
    t.is(await store.write({ ...at, value: '3', etag: first }), undefined)
    t.is((await store.read(at.collection, at.name))?.value, '2')
    for (let number = 3; number < 8; number += 1) {
      const read = await store.read(at.collection, at.name)
      t.truthy(await other.write({ ...at, value: String(number), etag: read?.etag }))
    }
    t.is(await store.write({ ...at, value: 'late', etag: second }), undefined)
    t.is((await other.read(at.collection, at.name))?.value, '7')
    t.is(await store.write({ collection: 'lanes', name: 'never', value: 'x', etag: second }), undefined)
  })

  run('of many writers at once each change is made by one, and none is lost', async (t, store, other) => {
    const at = { collection: 'lanes', name: 'counter' }
    const add = async (through: Store) => {
      for (;;) {
        const read = await through.read(at.collection, at.name)
        const value = String(Number(read?.value ?? 0) + 1)
        if ((await through.write({ ...at, value, etag: read?.etag })) !== undefined) return
      }
    }
    await Promise.all(Array.from({ length: 24 }, (_, index) => add(index % 2 === 0 ? store : other)))
    t.is((await store.read(at.collection, at.name))?.value, '24')
  })

  run('records are listed in the order of their names, page by page, by what they begin with', async (t, store) => {
    for (const name of ['b-2', 'a-1', 'b-1', 'c-1', 'b-3'])
      await store.write({ collection: 'models', name, value: name, etag: undefined })
    const names = async (listing: Parameters<Store['list']>[1]) =>
      (await store.list('models', listing)).map(({ name }) => name)
    t.deepEqual(await names({ limit: 10 }), ['a-1', 'b-1', 'b-2', 'b-3', 'c-1'])
    t.deepEqual(await names({ prefix: 'b-', limit: 10 }), ['b-1', 'b-2', 'b-3'])
    t.deepEqual(await names({ prefix: 'b-', after: 'b-1', limit: 1 }), ['b-2'])
    t.deepEqual(await names({ after: 'c-1', limit: 10 }), [])
    t.deepEqual(await store.list('nothing', { limit: 10 }), [])
  })

  run('a record that was removed is not there, and removing it again is nothing', async (t, store, other) => {
    const at = { collection: 'history', name: '2026-11-27T00.00.00Z-a' }
    const etag = await store.write({ ...at, value: 'x', etag: undefined })
    await other.remove(at.collection, at.name)
    await store.remove(at.collection, at.name)
    t.is(await store.read(at.collection, at.name), undefined)
    t.is(await store.write({ ...at, value: 'y', etag }), undefined)
  })

  run('a long record, and one with letters of all the world, come back as they were written', async (t, store) => {
    // Not both in one: Azurite, which stands in for Azure's tables, breaks letters where a request is cut into packets.
    const long = JSON.stringify(Array.from({ length: 20_000 }, (_, index) => `version ${index} u`))
    const worldly = JSON.stringify('größer, 更大, больше, 🚀')
    for (const [name, value] of Object.entries({ long, worldly })) {
      await store.write({ collection: 'lanes', name, value, etag: undefined })
      t.is((await store.read('lanes', name))?.value, value)
    }
  })
}
