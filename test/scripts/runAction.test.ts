import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test from 'ava'
import { runProcess } from '../actions/runProcess.ts'
import { python } from '../requirements.ts'

// A clone of its own: `npm run action` bundles anew what the other tests here are running.
const clone = mkdtempSync(join(tmpdir(), 'azureml-cd-clone-'))
test.before(() => {
  const rooms = ['actions', 'cli', 'core', 'emulator', 'relay', 'scripts', 'examples']
  for (const name of [...rooms, 'package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(name, join(clone, name), { recursive: true })
  symlinkSync(resolve('node_modules'), join(clone, 'node_modules'))
})
test.after.always(() => rmSync(clone, { recursive: true, force: true }))

const npm = (...args: string[]) =>
  runProcess('npm', ['run', '--silent', 'action', '--', ...args], {
    cwd: clone,
    environment: { AZUREML_CD_PYTHON: python, TMPDIR: clone },
  })

test.serial('npm run action runs an action from its source, and its workspace can be kept for the next', async (t) => {
  t.timeout(120_000)
  const location = join(clone, 'workspace')
  const register = ['register', '--input', 'name=diabetes', '--input', 'path=examples/diabetes/models/v1']
  const first = await npm(...register, '--location', location)
  t.is(first.code, 0, first.printed)
  t.regex(first.printed, /== outputs\n[\s\S]*^model-version=1$[\s\S]*^changed=true$/m)
  t.regex(first.printed, /== summary\nRegistered \*\*diabetes\*\* version \*\*1\*\*\./)
  t.notRegex(first.printed, /^::(debug|add-mask)::/m, 'It shows what GitHub would show.')
  const again = await npm(...register, '--location', location)
  t.regex(again.printed, /^changed=false$/m, again.printed)
})

test.serial('what is wrong with the arguments of npm run action is told before anything starts', async (t) => {
  t.timeout(120_000)
  const run = (...args: string[]) =>
    runProcess(process.execPath, ['scripts/runAction.mjs', ...args], { cwd: clone, environment: {} })
  for (const [args, message] of [
    [['registre'], /Say one action: .*register/],
    [['post'], /Say one action/],
    [['register', '--input', 'name'], /--input is NAME=VALUE \(given: "name"\)/],
    [['register', '--input', 'nmae=x'], /The action "register" has no input nmae\. It has .*\bname\b/],
    [['register', '--inputs', 'name=x'], /Unknown option '--inputs'/],
  ] as const) {
    const { code, printed } = await run(...args)
    t.is(code, 2, printed)
    t.regex(printed, message)
  }
})
