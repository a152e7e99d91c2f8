import { readFileSync, writeFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'

const guid = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi

/** What is said while the agent waits, or for those only who look for a fault: it differs from run to run. */
const passing =
  /^##vso\[task\.setprogress|^##vso\[task\.debug\][A-Z]+ \S+ → |: \d+(\.\d+)? (s|MiB|files|requests)( of |$)|\/(mfeOperationsStatus|computeOperationsStatus|operationStatuses)\/|openid-configuration/

/** Everything that differs from run to run and from machine to machine gets a name. */
function plain(text: string, names: ReadonlyMap<string, string>): string {
  let named = text
  for (const [from, to] of [...names].toSorted(([one], [other]) => other.length - one.length))
    if (from !== '') named = named.replaceAll(from, to)
  return named
    .replaceAll(/\?sv=[^\s&]*(?:&[^\s&]*)*?&sig=\*\*\*/g, '?SIGNATURE')
    .replaceAll(/^(##vso\[task\.setsecret\])eyJ.*$/gm, '$1A-TOKEN')
    .replaceAll(/^(##vso\[task\.setsecret\])(?!A-TOKEN|[A-Z-]+$).*$/gm, '$1ANOTHER-SECRET')
    .replaceAll(/(;issecret=true;\]).*$/gm, '$1A-SECRET')
    .replaceAll(guid, '<id>')
    .replaceAll(/\?client-request-id=<id>/g, '')
    .replaceAll(/\bemulated[0-9a-f]{10}\b/g, 'ACCOUNT')
    .replaceAll(/\b\d+(?:\.\d+)? ms\b/g, 'N ms')
    .replaceAll(/ in \d+\.\d s\b/g, ' in N s')
    .replaceAll(/\bv(\d+)-[0-9a-f]{8}\b/g, 'v$1-CONTENT')
    .replaceAll(/"milliseconds":[\d.]+/g, '"milliseconds":N')
    .replaceAll(/\b[0-9a-f]{16,64}\b/g, 'DIGEST')
    .replaceAll(/\| \d+ \| \d+ \|/g, '| STATUS | N |')
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
}

const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => !passing.test(line))
    .filter((line, index, all) => line !== all[index - 1])

/** All that came of a step, without what only says that time went by: what it printed, its summary, what it asked. */
export function normalised(
  run: {
    readonly stdout: string
    readonly stderr: string
    readonly summary: string
    readonly requests: readonly string[]
  },
  names: ReadonlyMap<string, string>,
): string {
  const requests = new Set(
    run.requests.map((request) => plain(request, names)).filter((request) => !passing.test(request)),
  )
  return [
    ...lines(plain(run.stdout, names)),
    ...['---- standard error', plain(run.stderr, names)],
    ...['---- summary', ...lines(plain(run.summary, names))],
    ...['---- requests', ...[...requests].toSorted(), ''],
  ].join('\n')
}

/** Holds a text to the one in the repository; with `UPDATE_SNAPSHOTS` set it is written instead. */
export function matchesSnapshot(t: ExecutionContext, name: string, text: string): void {
  const file = `test/tasks/vsix/printed/${name}.txt`
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(file, text)
  t.is(text, readFileSync(file, 'utf8'), `${file}; UPDATE_SNAPSHOTS=1 writes it anew.`)
}
