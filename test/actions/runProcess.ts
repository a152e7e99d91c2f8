import { spawn } from 'node:child_process'

/** Runs a program to its end; `printed` is all that it said. Variables of this process are left out but for PATH. */
export function runProcess(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly code: number | null; readonly printed: string }> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(program, [...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...options.environment },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, printed }))
  })
}
