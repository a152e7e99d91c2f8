import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import test from 'ava'

const productFolders = ['actions', 'bench', 'cli', 'core', 'emulator', 'examples', 'relay', 'scripts', 'tasks']

interface Import {
  readonly from: string
  /** A file of this project, or a package as it is named. */
  readonly to: string
  readonly isPackage: boolean
  readonly kind: 'types' | 'value' | 'late'
}

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

const statement =
  /^(?:import|export)\s+(type\s+)?((?:[\w$*\s,]|\{[^}]*\})*?)\s*from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm

function importsOf(path: string, text: string): readonly Import[] {
  return [...text.matchAll(statement)].map(([, type, names = '', named, bare, late]) => {
    const target = named ?? bare ?? late ?? ''
    const isPackage = !target.startsWith('.')
    const typesOnly = type !== undefined || /^\{(\s*type\s+[^,}]+,?)+\s*\}$/.test(names.trim())
    return {
      from: path,
      to: isPackage ? target : posix.join(posix.dirname(path), target),
      isPackage,
      kind: late === undefined ? (typesOnly ? 'types' : 'value') : 'late',
    }
  })
}

async function sources(): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = []
  for (const folder of productFolders) {
    const names = await readdir(folder, { recursive: true }).catch(() => [])
    for (const name of names.toSorted()) {
      if (!/\.(ts|mts|mjs|js|py)$/.test(name)) continue
      const path = join(folder, name).replaceAll('\\', '/')
      const text = await readFile(path, 'utf8')
      found.push({ path, text, imports: importsOf(path, text) })
    }
  }
  return found
}

const all = sources()

/** The room of a file: core has several, each other top folder is one; a file right in core is `core`. */
function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return top === 'core' && !second.includes('.') ? second : top
}

/**
 * What core shows to the hosts. It has several faces, because importing one loads all that is behind it.
 * `the operation` is an operation's own file, for the program that runs only that one.
 */
const faces = ['core/index.ts', 'core/operations/index.ts', 'core/config/index.ts', 'core/trigger/index.ts']

/** Whom each room may import besides itself and packages. `types of X` is X, by `import type` only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  actions: [...faces, 'the operation'],
  tasks: [...faces, 'the operation'],
  cli: [...faces, 'emulator', 'relay'],
  relay: faces,
  operations: ['core', 'azure', 'config', 'rollout', 'runtime', 'image', 'targets', 'trigger', 'trust', 'workspace'],
  targets: ['core', 'workspace', 'image', 'runtime', 'azure', 'config', 'rollout', 'trust'],
  rollout: ['core', 'workspace', 'azure', 'config'],
  trigger: ['core', 'workspace', 'azure', 'config', 'rollout'],
  workspace: ['core', 'azure', 'config', 'trust'],
  image: ['core', 'azure', 'config', 'trust'],
  azure: ['core', 'types of trust'],
  config: ['core', 'types of trust'],
  trust: ['core', 'types of config'],
  runtime: ['core/errors.ts'],
  emulator: ['core/errors.ts', 'runtime', 'image'],
}

/** What files right in core may import besides each other: the port below everything, operations above it. */
const allowedInCore: Readonly<Record<string, readonly string[]>> = {
  'core/index.ts': ['config'],
  'core/operation.ts': ['workspace'],
  'core/workspaceInputs.ts': ['config'],
}

/** Files that may import less than their room. */
const narrower: Readonly<Record<string, readonly string[]>> = {
  'core/rollout/plan.ts': ['types of core/rollout/journal.ts'],
  'core/rollout/journal.ts': ['types of core/rollout/plan.ts'],
}

/** Files of core that rooms may import although they stand above some of them; all others stand below every room. */
const aboveRooms = ['core/index.ts', 'core/operation.ts', 'core/workspaceInputs.ts']

function permits(rule: string, one: Import): boolean {
  if (rule.startsWith('types of ')) return one.kind === 'types' && permits(rule.slice('types of '.length), one)
  if (rule === 'the operation') return basename(one.from) === 'index.ts' && dirname(one.to) === 'core/operations'
  return rule === one.to || rule === roomOf(one.to)
}

function isForbidden(one: Import): boolean {
  const { from, to, isPackage } = one
  if (isPackage || to === 'package.json') return false
  const own = narrower[from]
  if (own) return !own.some((rule) => permits(rule, one))
  const room = roomOf(from)
  if (aboveRooms.includes(to) && !['core', 'operations', 'actions', 'tasks', 'cli', 'relay'].includes(room)) return true
  if (roomOf(to) === room) return false
  const rules = room === 'core' ? (allowedInCore[from] ?? []) : allowed[room]
  return !(rules ?? []).some((rule) => permits(rule, one))
}

const printed = ({ from, to, kind }: Import) => `${from} → ${to}${kind === 'value' ? '' : ` (${kind})`}`

test('every import of the product goes the way the rooms allow', async (t) => {
  const forbidden = (await all)
    .filter(({ path }) => roomOf(path) in allowed || roomOf(path) === 'core')
    .flatMap(({ imports }) => imports.filter(isForbidden))
    .map(printed)
  t.deepEqual(forbidden, [])
})

test('every folder of the product is a room with rules, or one that nobody imports', async (t) => {
  const files = await all
  const free = ['bench', 'core', 'examples', 'scripts']
  const rooms = new Set(files.map(({ path }) => roomOf(path)))
  t.deepEqual(
    [...rooms].filter((room) => !(room in allowed) && !free.includes(room)),
    [],
  )
  const into = files
    .flatMap(({ imports }) => imports)
    .filter(({ from, to }) => {
      const [room = ''] = to.split('/')
      return (
        (room === 'test' || (free.includes(room) && room !== 'core')) &&
        roomOf(from) !== room &&
        !['bench', 'examples'].includes(roomOf(from))
      )
    })
  t.deepEqual(
    into.map(({ from, to }) => `${from} → ${to}`),
    [],
  )
})

test('what users write and what is trusted is judged without touching files, networks or processes', async (t) => {
  const io = /^node:(fs|http|https|http2|net|tls|dns|dgram|child_process|worker_threads|cluster)\b/
  const found = (await all)
    .filter(({ path }) => ['config', 'trust'].includes(roomOf(path)) || path in narrower)
    .flatMap(({ imports }) => imports.filter(({ to }) => io.test(to) || to.startsWith('@azure/')))
  t.deepEqual(
    found.map(({ from, to }) => `${from} → ${to}`),
    [],
  )
})

test('core knows no host: it reads no environment, ends no process and prints nothing itself', async (t) => {
  // A scoring server is handed the few variables that core/runtime/environment.ts names.
  const mayPass = new Map([['core/runtime/process.ts', ['inheritedEnvironment(process.env)']]])
  const found: string[] = []
  for (const { path, text } of await all) {
    if (!path.startsWith('core/') || path.endsWith('.py')) continue
    const rest = (mayPass.get(path) ?? []).reduce((left, phrase) => left.replace(phrase, ''), text)
    for (const [phrase] of rest.matchAll(/\bprocess\.(env|exit|exitCode|argv|stdout|stderr|chdir)\b|\bconsole\.\w+/g))
      found.push(`${path}: ${phrase}`)
    for (const [phrase] of rest.matchAll(
      /import\s*\{[^}]*\b(env|exit|argv|stdout|stderr)\b[^}]*\}\s*from\s*'node:process'/g,
    ))
      found.push(`${path}: ${phrase}`)
  }
  t.deepEqual(found, [])
})

test('no file is a drawer for whatever fits nowhere else', async (t) => {
  const drawers = /^(utils?|helpers?|common|misc|shared|stuff)$/i
  const found = (await all).filter(({ path }) =>
    [basename(path).replace(/\..*$/, ''), ...dirname(path).split('/')].some((name) => drawers.test(name)),
  )
  t.deepEqual(
    found.map(({ path }) => path),
    [],
  )
})

test('no file is longer than one idea', async (t) => {
  const long = (await all)
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > 300)
  t.deepEqual(long, [])
})

test('packages that only some runs need are loaded by those', async (t) => {
  // dockerode alone is 2 MB and @azure/identity takes a fifth of a second: neither is for azureml-cd --help.
  const late = [
    '@azure/identity',
    '@octokit/auth-app',
    '@opentelemetry/exporter-metrics-otlp-http',
    '@opentelemetry/sdk-metrics',
    '@octokit/request',
    'azure-iothub/dist/registry.js',
    'azurite',
    'dockerode',
    'prom-client',
    'standardwebhooks',
    'undici',
  ]
  const files = new Map((await all).map((file) => [file.path, file]))
  const atOnce = new Set<string>()
  const found: string[] = []
  const visit = (path: string): void => {
    if (atOnce.has(path)) return
    atOnce.add(path)
    for (const one of files.get(path)?.imports ?? []) {
      if (one.kind !== 'value') continue
      if (late.includes(one.to)) found.push(printed(one))
      else if (!one.isPackage) visit(one.to)
    }
  }
  // The command line loads `run.ts` and the operations when there is one to run.
  for (const entry of ['cli/main.ts', 'cli/run.ts', 'core/operations/deploy.ts', 'actions/deploy/index.ts'])
    visit(entry)
  t.deepEqual(found, [])
  t.true(atOnce.has('core/workspace/workspace.ts'))
  t.false(atOnce.has('emulator/serve.ts'))
})

test('no file needs itself, by whatever way round', async (t) => {
  const files = new Map((await all).map((file) => [file.path, file]))
  const done = new Set<string>()
  const rounds: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) rounds.push([...way.slice(way.indexOf(path)), path].join(' → '))
    if (way.includes(path) || done.has(path)) return
    for (const { to, kind } of files.get(path)?.imports ?? []) if (kind === 'value') visit(to, [...way, path])
    done.add(path)
  }
  for (const path of files.keys()) visit(path, [])
  t.deepEqual(rounds, [])
})

test('the rules forbid what they are there to forbid', (t) => {
  const one = (from: string, to: string, kind: Import['kind'] = 'value') =>
    isForbidden({ from, to, kind, isPackage: false })
  t.true(one('cli/host.ts', 'core/host.ts'))
  t.true(one('core/config/check.ts', 'core/workspace/workspace.ts', 'types'))
  t.true(one('core/config/check.ts', 'core/trust/digest.ts'))
  t.false(one('core/config/check.ts', 'core/trust/digest.ts', 'types'))
  t.true(one('core/workspace/models.ts', 'core/operation.ts'))
  t.true(one('core/rollout/plan.ts', 'core/errors.ts'))
  t.true(one('core/runtime/docker.ts', 'core/host.ts', 'types'))
  t.true(one('emulator/serve.ts', 'core/workspace/models.ts', 'late'))
  t.true(one('core/inputs.ts', 'core/config/names.ts'))
  t.true(one('core/errors.ts', 'cli/host.ts'))
  t.false(one('core/targets/managed.ts', 'core/workspace/models.ts'))
})

test('the reader of imports sees every way of importing', (t) => {
  const text = `import type { A } from './a.ts'
import { type B, c } from '../b.ts'
import { type D, type E } from './d.ts'
import * as f from 'f'
import g, { h } from 'g'
import './i.ts'
import {
  type J,
  type K,
} from './j.ts'
export { l } from './l.ts'
export type { M } from './m.ts'
export * from './n.ts'
const o = await import('./o.ts')
import p from '../../p.json' with { type: 'json' }
`
  t.deepEqual(
    importsOf('core/room/file.ts', text).map((one) => printed(one).replace(/^.* → /, '')),
    [
      ...['core/room/a.ts (types)', 'core/b.ts', 'core/room/d.ts (types)', 'f', 'g', 'core/room/i.ts'],
      ...['core/room/j.ts (types)', 'core/room/l.ts', 'core/room/m.ts (types)', 'core/room/n.ts'],
      ...['core/room/o.ts (late)', 'p.json'],
    ],
  )
})
