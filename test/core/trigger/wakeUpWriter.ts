import { WakeUpFolder } from '../../../core/trigger/wakeUpFolder.ts'

// Puts wake-ups without end, and prints the id of each once it is promised to last. Killed by its test.
const store = await WakeUpFolder.open(process.argv[2] ?? '')
for (let count = 0; count < 1_000_000; count += 20)
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const eventId = `e${count + index}`
      const wakeUp = { workspaceId: '/subscriptions/s', model: 'diabetes', version: '1', source: 'event-grid', eventId }
      await store.put({ ...wakeUp, receivedAt: new Date().toISOString() })
      process.stdout.write(`${eventId}\n`)
    }),
  )
