// Counts one record up, and tells each number once it is durable: what a test kills in the middle.
import { writeSync } from 'node:fs'
import { FolderStore } from '../../../core/trigger/folderStore.ts'

const store = await FolderStore.open(process.argv[2] ?? '')
const counter = { collection: 'lanes', name: 'counted' }
for (;;) {
  const read = await store.read(counter.collection, counter.name)
  const value = String(Number(read?.value ?? 0) + 1)
  if ((await store.write({ ...counter, value, etag: read?.etag })) !== undefined) writeSync(1, `${value}\n`)
}
