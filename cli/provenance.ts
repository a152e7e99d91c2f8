import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import type { Provenance } from '../core/index.ts'

const run = promisify(execFile)

/** What git and the login tell about the working folder; empty outside a repository. */
export async function localProvenance(environment: Readonly<Record<string, string | undefined>>): Promise<Provenance> {
  const [commit, remote] = await Promise.all([git('rev-parse', 'HEAD'), git('remote', 'get-url', 'origin')])
  const actor = environment.USER || environment.USERNAME || loginName()
  return { commit, repository: remote && withoutCredentials(remote), actor }
}

async function git(...args: string[]): Promise<string | undefined> {
  const answer = await run('git', args, { timeout: 5000 }).catch(() => undefined)
  return answer?.stdout.trim() || undefined
}

/** Undefined where the user has no entry in the system's list, as in many containers. */
function loginName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

/** A remote's address may carry a token. */
function withoutCredentials(remote: string): string {
  return remote.replace(/^([\w+.-]+:\/\/)[^/]*@/, '$1')
}
