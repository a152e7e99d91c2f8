import { setTimeout as pause } from 'node:timers/promises'

/** Waits until a condition holds; gives up after so many seconds. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It did not come to that in ${seconds} s.`)
    await pause(25)
  }
}
