import { createHash } from 'node:crypto'
import { chmod, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { AzureError } from '../../../core/azure/armError.ts'
import { blobServiceUrl, openContainer } from '../../../core/azure/blobs.ts'
import { downloadFiles } from '../../../core/azure/download.ts'
import { remoteFiles } from '../../../core/azure/remoteFiles.ts'
import { safePath } from '../../../core/azure/safePath.ts'
import { blockSizeFor, uploadFiles } from '../../../core/azure/upload.ts'
import { UserError } from '../../../core/errors.ts'
import { localFiles } from '../../../core/workspace/localFiles.ts'
import { folderWith, pattern, startStorage, type TestStorage } from './storage.ts'

const test = anyTest as TestFn<TestStorage>
const signal = new AbortController().signal
const mebibyte = 1024 * 1024

test.before(async (t) => {
  t.context = await startStorage()
})
test.after.always((t) => t.context.close())

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

test('a folder goes up and comes down the same, with empty, small and large files, and its digests are right', async (t) => {
  const { container } = t.context
  const contents = { 'model.bin': pattern(20 * mebibyte + 3), 'a/b.txt': 'hello', empty: '', 'ü & 1%.txt': 'odd name' }
  const folder = await folderWith(t, contents)
  const told: number[] = []
  const progress = ({ done }: { readonly done: number }) => told.push(done)
  const up = await uploadFiles({ container, prefix: 'round/trip', files: await localFiles(folder), signal, progress })
  t.true(up.prefix.startsWith('round/trip/'))
  for (const { path, sha256: digest } of up.files)
    t.is(digest, sha256(Object.entries(contents).find(([name]) => name === path)?.[1] ?? 'missing'), path)
  t.is(told.at(-1), up.sentBytes)
  t.true(told.length >= 6)
  const target = await folderWith(t)
  const down = await downloadFiles({ container, prefix: up.prefix, folder: target, signal })
  t.is(down.length, 4)
  for (const { path, absolutePath } of down)
    t.is(sha256(await readFile(absolutePath)), up.files.find((file) => file.path === path)?.sha256 ?? '', path)

  const again = await uploadFiles({ container, prefix: 'round/trip', files: await localFiles(folder), signal })
  t.is(again.prefix, up.prefix)
  t.is(again.sentBytes, 0)
})

test('an interrupted upload continues where it was, and no blob is there before it is complete', async (t) => {
  const { container } = t.context
  const folder = await folderWith(t, { 'model.bin': pattern(64 * mebibyte, 2) })
  const files = await localFiles(folder)
  const reason = new Error('The run was cancelled.')
  const abort = new AbortController()
  const progress = ({ done }: { readonly done: number }) => done >= 16 * mebibyte && abort.abort(reason)
  const first = uploadFiles({ container, prefix: 'resumed', files, signal: abort.signal, progress })
  t.is(await t.throwsAsync(first), reason)
  t.false([...(await remoteFiles({ container, prefix: 'resumed', signal })).values()].some((blob) => blob.committed))
  const second = await uploadFiles({ container, prefix: 'resumed', files, signal })
  t.true(second.resumedBytes >= 16 * mebibyte, String(second.resumedBytes))
  t.is(second.sentBytes + second.resumedBytes, 64 * mebibyte)
  const down = await downloadFiles({ container, prefix: second.prefix, folder: await folderWith(t), signal })
  t.is(sha256(await readFile(down[0]?.absolutePath ?? '')), sha256(pattern(64 * mebibyte, 2)))
})

test('a file that changed since the interruption is not spliced with what was sent before', async (t) => {
  const { container } = t.context
  const bytes = pattern(32 * mebibyte, 3)
  const folder = await folderWith(t, { 'model.bin': bytes })
  const files = await localFiles(folder)
  const abort = new AbortController()
  const progress = ({ done }: { readonly done: number }) => done >= 24 * mebibyte && abort.abort(new Error('stop'))
  await t.throwsAsync(uploadFiles({ container, prefix: 'spliced', files, signal: abort.signal, progress }))
  // Where no sample is taken: the folder stays the same, so that only the block ids can tell.
  bytes[200_000] = (bytes[200_000] ?? 0) ^ 1
  await writeFile(join(folder, 'model.bin'), bytes)
  const second = await uploadFiles({ container, prefix: 'spliced', files, signal })
  t.is(second.resumedBytes, 0)
  const down = await downloadFiles({ container, prefix: second.prefix, folder: await folderWith(t), signal })
  t.is(sha256(await readFile(down[0]?.absolutePath ?? '')), sha256(bytes))
})

test('content that looks alike is not written over: it gets a place of its own', async (t) => {
  const { container } = t.context
  const bytes = pattern(9 * mebibyte, 4)
  const folder = await folderWith(t, { 'model.bin': bytes })
  const files = await localFiles(folder)
  const first = await uploadFiles({ container, prefix: 'alike', files, signal })
  bytes[300_000] = (bytes[300_000] ?? 0) ^ 1
  await writeFile(join(folder, 'model.bin'), bytes)
  const second = await uploadFiles({ container, prefix: 'alike', files, signal })
  t.is(second.prefix, `${first.prefix}-2`)
  const down = await downloadFiles({ container, prefix: first.prefix, folder: await folderWith(t), signal })
  t.is(sha256(await readFile(down[0]?.absolutePath ?? '')), first.files[0]?.sha256 ?? '')
})

test('many uploads of look-alikes at the same time each end at a place with their own content', async (t) => {
  const { container } = t.context
  const uploads = await Promise.all(
    Array.from({ length: 5 }, async (_, run) => {
      const bytes = pattern(200_000 * 2, 5)
      bytes[100_000] = run
      const folder = await folderWith(t, { 'one.bin': bytes, 'two.bin': bytes })
      return uploadFiles({ container, prefix: 'race', files: await localFiles(folder), signal })
    }),
  )
  t.is(new Set(uploads.map((upload) => upload.prefix)).size, 5)
  for (const { prefix, files } of uploads) {
    const remote = await remoteFiles({ container, prefix, signal })
    for (const { path, sha256: digest } of files) t.is(remote.get(`${prefix}/${path}`)?.sha256, digest)
  }
})

test('connections that drop, and answers that get lost, do not fail an upload or a download', async (t) => {
  const { container, emulator } = t.context
  const bytes = pattern(40 * mebibyte, 6)
  const folder = await folderWith(t, { 'model.bin': bytes, 'small.txt': 'small' })
  const path = '/dropped/'
  const undo = [
    emulator.faults.add({
      match: { method: 'PUT', path: `${path}.*comp=block&` },
      times: 2,
      effect: { kind: 'drop', when: 'before' },
    }),
    emulator.faults.add({
      match: { method: 'PUT', path: `${path}.*comp=blocklist` },
      times: 1,
      effect: { kind: 'drop', when: 'after' },
    }),
    emulator.faults.add({
      match: { method: 'PUT', path: `${path}.*small` },
      times: 1,
      effect: { kind: 'drop', when: 'after' },
    }),
    emulator.faults.add({
      match: { method: 'GET', path: `${path}.*model` },
      times: 1,
      effect: { kind: 'drop', when: 'before' },
    }),
  ]
  t.teardown(() => {
    for (const take of undo) take()
  })
  const up = await uploadFiles({ container, prefix: 'dropped', files: await localFiles(folder), signal })
  const down = await downloadFiles({ container, prefix: up.prefix, folder: await folderWith(t), signal })
  const model = down.find((file) => file.path === 'model.bin')
  t.is(sha256(await readFile(model?.absolutePath ?? '')), sha256(bytes))
})

test('what a service refuses is told with the status, and nothing is left behind', async (t) => {
  const { container, emulator } = t.context
  const effect = {
    kind: 'answer',
    status: 403,
    body: { error: { code: 'AuthorizationFailure', message: 'No.' } },
  } as const
  const undo = emulator.faults.add({ match: { method: 'PUT', path: '/refused/.*comp=block' }, effect })
  t.teardown(undo)
  const folder = await folderWith(t, { 'model.bin': pattern(20 * mebibyte, 7) })
  const upload = uploadFiles({ container, prefix: 'refused', files: await localFiles(folder), signal })
  const error = await t.throwsAsync(upload, { instanceOf: AzureError })
  t.is(error?.status, 403)
  t.is(error?.code, 'AuthorizationFailure')
  t.is((await remoteFiles({ container, prefix: 'refused', signal })).size, 0)
})

test('a file that shrinks, grows or disappears while it is uploaded is told by name', async (t) => {
  const { container } = t.context
  for (const change of ['shrinks', 'grows', 'goes']) {
    const folder = await folderWith(t, { 'model.bin': pattern(9 * mebibyte, 8), 'a.txt': change })
    const files = await localFiles(folder)
    if (change === 'shrinks') await truncate(join(folder, 'model.bin'), mebibyte)
    if (change === 'grows') await writeFile(join(folder, 'model.bin'), pattern(10 * mebibyte, 8))
    const listed = change === 'goes' ? [{ path: 'gone.bin', absolutePath: join(folder, 'gone.bin'), size: 5 }] : files
    const error = await t.throwsAsync(uploadFiles({ container, prefix: `changing/${change}`, files: listed, signal }), {
      instanceOf: UserError,
    })
    t.regex(
      error?.message ?? '',
      change === 'goes' ? /"gone\.bin" could not be read \(ENOENT\)/ : /"model\.bin" changed/,
    )
  }
})

test('the user’s own token opens a datastore that keeps no secret, and a wrong key is refused in plain words', async (t) => {
  const { workspace, httpClient, container } = t.context
  const folder = await folderWith(t, { 'model.bin': pattern(9 * mebibyte, 9) })
  const files = await localFiles(folder)
  const own = { kind: 'identity', credential: await workspace.connection.credential() } as const
  const mine = await openContainer({ url: container.url, access: own, httpClient })
  t.is((await uploadFiles({ container: mine, prefix: 'identity', files, signal })).sentBytes, 9 * mebibyte)
  const { accountName } = await workspace.datastores.default()
  const wrong = { kind: 'account-key', accountName, key: Buffer.from('wrong').toString('base64') } as const
  const closed = await openContainer({ url: container.url, access: wrong, httpClient })
  const error = await t.throwsAsync(uploadFiles({ container: closed, prefix: 'wrong', files, signal }), {
    instanceOf: AzureError,
  })
  // Azure answers 403, the embedded store 400.
  t.true(error?.status === 403 || error?.status === 400)
  t.regex(error?.message ?? '', /^While listing .*Authenticat/)
})

test('one blob is downloaded under its own name, and nothing at all is an error', async (t) => {
  const { container } = t.context
  const folder = await folderWith(t, { 'model.txt': 'one' })
  const { prefix } = await uploadFiles({ container, prefix: 'single', files: await localFiles(folder), signal })
  const target = await folderWith(t)
  const down = await downloadFiles({ container, prefix: `${prefix}/model.txt`, folder: target, signal })
  t.deepEqual(
    down.map((file) => file.path),
    ['model.txt'],
  )
  t.is(await readFile(join(target, 'model.txt'), 'utf8'), 'one')
  const nothing = downloadFiles({ container, prefix: 'single/none', folder: target, signal })
  await t.throwsAsync(nothing, { instanceOf: UserError, message: /nothing to download/ })
})

test('a full disk is one clear error, and neither a target nor a part of it is left', async (t) => {
  const { container } = t.context
  const folder = await folderWith(t, { 'model.bin': pattern(20 * mebibyte, 10) })
  const { prefix } = await uploadFiles({ container, prefix: 'full', files: await localFiles(folder), signal })
  const target = await folderWith(t)
  const openFile = async (path: string, flags: string) => {
    const file = await open(path, flags)
    const write: typeof file.write = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
    return Object.assign(file, { write })
  }
  const download = downloadFiles({ container, prefix, folder: target, signal, openFile })
  const error = await t.throwsAsync(download, { instanceOf: UserError })
  t.regex(error?.message ?? '', /The disk that holds .* is full/)
  t.deepEqual(await readdir(target), [])
})

test('a download that does not match its digest is refused and leaves the old file in place', async (t) => {
  const { container } = t.context
  const folder = await folderWith(t, { 'model.bin': 'right' })
  const { prefix } = await uploadFiles({ container, prefix: 'wrong-digest', files: await localFiles(folder), signal })
  await container.client.getBlobClient(`${prefix}/model.bin`).setMetadata({ azuremlcd_sha256: sha256('other') })
  const target = await folderWith(t, { 'model.bin': 'old' })
  const download = downloadFiles({ container, prefix, folder: target, signal })
  await t.throwsAsync(download, { instanceOf: UserError, message: /does not match its digest/ })
  t.deepEqual(await readdir(target), ['model.bin'])
  t.is(await readFile(join(target, 'model.bin'), 'utf8'), 'old')
})

test('names that lead out of the folder are refused before anything is written', async (t) => {
  const { container } = t.context
  await container.client.getBlockBlobClient('evil/fine.txt').upload('fine', 4)
  await container.client.getBlockBlobClient('evil/C:\\temp\\x').upload('evil', 4)
  const target = await folderWith(t)
  const download = downloadFiles({ container, prefix: 'evil', folder: target, signal })
  await t.throwsAsync(download, { instanceOf: UserError, message: /does not name a file below a folder/ })
  t.deepEqual(await readdir(target), [])
  for (const name of ['../x', 'a/../../x', '/etc/x', 'a//b', 'c:x', 'C:/x', 'a\\..\\x', 'a\0b', '.', '..', ''])
    t.throws(() => safePath('/models', name), { instanceOf: UserError }, name)
  t.is(safePath('/models', 'a/..b/c..'), join('/models', 'a', '..b', 'c..'))
})

test('a folder that may not be written to is told', async (t) => {
  const { container } = t.context
  const folder = await folderWith(t, { 'model.txt': 'one' })
  const { prefix } = await uploadFiles({ container, prefix: 'unwritable', files: await localFiles(folder), signal })
  const target = await folderWith(t, { taken: 'a file' })
  await chmod(target, 0o755)
  const download = downloadFiles({ container, prefix, folder: join(target, 'taken'), signal })
  await t.throwsAsync(download, { instanceOf: UserError, message: /could not be written/ })
})

test('blocks are 8 MiB up to 390 GiB and double beyond', (t) => {
  t.is(blockSizeFor(0), 8 * mebibyte)
  t.is(blockSizeFor(50_000 * 8 * mebibyte), 8 * mebibyte)
  t.is(blockSizeFor(50_000 * 8 * mebibyte + 1), 16 * mebibyte)
  t.is(blockSizeFor(4_000 * 2 ** 30), 128 * mebibyte)
})

test('a storage account is addressed by name, on this machine by path', (t) => {
  t.is(blobServiceUrl({ accountName: 'acct', endpoint: 'core.windows.net' }), 'https://acct.blob.core.windows.net')
  t.is(blobServiceUrl({ accountName: 'acct', endpoint: '127.0.0.1:1234' }), 'https://127.0.0.1:1234/acct')
  t.is(blobServiceUrl({ accountName: 'acct', endpoint: 'localhost:1', protocol: 'http' }), 'http://localhost:1/acct')
})
