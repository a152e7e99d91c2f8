import { spawnSync } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { InputError } from '../../../core/errors.ts'
import { localFiles } from '../../../core/workspace/localFiles.ts'
import { folderWith } from '../azure/storage.ts'

const paths = async (path: string) => (await localFiles(path)).map((file) => file.path)

test('a file is itself, a folder is everything in it, sorted by the bytes of its path', async (t) => {
  const folder = await folderWith(t, { 'b/c.txt': '1', 'b-c.txt': '22', 'a.txt': '', 'ü.txt': '4' })
  t.deepEqual(await paths(folder), ['a.txt', 'b-c.txt', 'b/c.txt', 'ü.txt'])
  t.deepEqual(
    (await localFiles(join(folder, 'b', 'c.txt'))).map(({ path, size }) => ({ path, size })),
    [{ path: 'c.txt', size: 1 }],
  )
})

test('.amlignore is honoured, .gitignore only without it, and neither is part of the model', async (t) => {
  const files = {
    'model.pkl': 'm',
    'notes.txt': 'n',
    'build/x': 'x',
    '.gitignore': '*.txt\nbuild/\n',
    '.git/HEAD': 'ref',
  }
  t.deepEqual(await paths(await folderWith(t, files)), ['model.pkl'])
  const both = await folderWith(t, { ...files, '.amlignore': 'build/\n' })
  t.deepEqual(
    (await paths(both)).filter((path) => !path.startsWith('.git')),
    ['model.pkl', 'notes.txt'],
  )
})

test('links are followed inside the folder; everything that cannot be taken is named in one error', async (t) => {
  const outside = await folderWith(t, { secret: 's' })
  const folder = await folderWith(t, { 'real/model.pkl': 'm' })
  await symlink(join(folder, 'real'), join(folder, 'alias'))
  t.deepEqual(await paths(folder), ['alias/model.pkl', 'real/model.pkl'])

  await symlink(join(outside, 'secret'), join(folder, 'escape'))
  await symlink('..', join(folder, 'real', 'loop'))
  await symlink('nowhere', join(folder, 'dangling'))
  spawnSync('mkfifo', [join(folder, 'pipe')])
  const error = await t.throwsAsync(localFiles(folder), { instanceOf: InputError })
  for (const fault of [/escape.*leaves the folder/, /loop/, /dangling/, /pipe.*neither a file nor a folder/])
    t.regex(error?.message ?? '', fault)
})

test('an empty folder, one whose files are all left out, and a path that is not there are refused', async (t) => {
  const folder = await folderWith(t)
  await mkdir(join(folder, 'sub'))
  await t.throwsAsync(localFiles(folder), { instanceOf: InputError, message: /holds no file/ })
  const ignored = await folderWith(t, { 'a.txt': '1', '.amlignore': '*' })
  await t.throwsAsync(localFiles(ignored), { instanceOf: InputError })
  await t.throwsAsync(localFiles(join(folder, 'gone')), { instanceOf: InputError, message: /does not exist/ })
})
