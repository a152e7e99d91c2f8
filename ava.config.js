export default { timeout: '2m', workerThreads: false }
