import { readFileSync } from 'node:fs'

/** The most memory that this process has held so far, in bytes. */
export function peakMemory(): number {
  try {
    // Linux counts the parent's memory into maxRSS, because a process begins as its parent's copy.
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kibibytes) return Number(kibibytes) * 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024
}
