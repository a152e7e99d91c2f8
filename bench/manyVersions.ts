import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Benchmark } from './benchmark.ts'
import { serveProgram } from './program.ts'

const count = 100_000
const mostMebibytes = 400
const said = z.object({
  ...{ url: z.string(), ca: z.string(), tenantId: z.string(), clientId: z.string(), clientSecret: z.string() },
  ...{ pid: z.number(), list: z.string() },
})
const page = z.object({ value: z.array(z.unknown()), nextLink: z.string().optional() })

/** All versions of one model, page by page; the peak is that of the process that made them and shows them. */
export const manyVersions: Benchmark = {
  name: 'many-versions',
  summary: `listing ${count} versions of one model from the embedded workspace, a thousand at a time`,
  async run({ programs, folder, say }) {
    const location = mkdtempSync(join(folder, 'many-'))
    const emulator = await serveProgram({
      command: process.execPath,
      args: [join(programs, 'manyVersionsProgram.js'), location, String(count)],
      ready: /^\{/,
    })
    const { url, ca, tenantId, clientId, clientSecret, pid, list } = said.parse(JSON.parse(emulator.line))
    const dispatcher = new Agent({ connect: { ca } })
    try {
      const signedIn = await request(`${url}/${tenantId}/oauth2/v2.0/token`, {
        dispatcher,
        method: 'POST',
        body: new URLSearchParams({
          ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
          scope: `${url}/.default`,
        }).toString(),
      })
      const { access_token: token } = z.object({ access_token: z.string() }).parse(await signedIn.body.json())
      const headers = { authorization: `Bearer ${token}` }
      const started = performance.now()
      let listed = 0
      let next: string | undefined = `${list}?api-version=2025-09-01&$top=1000`
      while (next !== undefined) {
        const answer = await request(next, { dispatcher, headers })
        const { value, nextLink } = page.parse(await answer.body.json())
        listed += value.length
        next = nextLink
      }
      if (listed !== count) throw new Error(`${listed} of ${count} versions were listed.`)
      say(`Listed ${listed} versions in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
      return [
        {
          ...{ name: `peak memory of the embedded workspace, ${count} versions listed`, ours: peakMebibytes(pid) },
          ...{ unit: 'MiB', rival: 'goal', theirs: mostMebibytes, better: 'less', target: 1 },
        },
      ]
    } finally {
      await dispatcher.destroy()
      await emulator.stop()
    }
  },
}

/** The most memory that a process has had so far. */
function peakMebibytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
