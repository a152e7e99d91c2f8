import { parseRequests, type ScoringRequest } from '../config/requests.ts'
import type { Host } from '../host.ts'
import { readUserFile, showWarnings } from './userFile.ts'

/** The test requests of a file; none when no file is named. */
export async function readRequests(host: Host, file: string | undefined): Promise<readonly ScoringRequest[]> {
  if (file === undefined) return []
  const { requests, warnings } = parseRequests(await readUserFile(host, 'requests', file))
  showWarnings(host, warnings)
  return requests
}
