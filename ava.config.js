import { availableParallelism } from 'node:os'

// Most tests wait for processes of their own half of the time; one file more than there are cores keeps those busy.
export default { timeout: '2m', workerThreads: false, concurrency: availableParallelism() + 1 }
