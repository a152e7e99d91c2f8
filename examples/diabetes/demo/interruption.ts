/** Why the demonstration was stopped, and with which exit code shells expect it to end. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/**
 * Aborted, with an Interruption, when this process is told to stop, when whoever started it is gone, or when nobody
 * reads what it prints. Being told again changes nothing: npm and the terminal both pass on one Ctrl+C.
 */
export function interruption(): AbortSignal {
  const stopped = new AbortController()
  const stop = (message: string, exitCode: number) => stopped.abort(new Interruption(message, exitCode))
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stop(`Stopped by ${name}.`, exitCodes[name]))
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', () => stop('Nobody reads what is printed.', 1))
  // npm starts a shell, and a shell that is ended by a signal does not pass it on.
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stop('The process that started the demo is gone.', 1)
  }, 500).unref()
  return stopped.signal
}
