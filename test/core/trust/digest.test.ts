import { createHash } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { contentDigest, type DigestedFile, modelSigningDigest } from '../../../core/trust/digest.ts'

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')

const segment = fc.stringMatching(/^[a-z0-9._ü-]{1,6}$/u).filter((name) => name !== '.' && name !== '..')
const file = fc.record({
  path: fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
  size: fc.nat(),
  sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
})
const files = fc.uniqueArray(file, { minLength: 1, maxLength: 8, selector: ({ path }) => path })

test('the content digest is what its definition says, for an example computed by hand', (t) => {
  const a = { path: 'a.txt', size: 1, sha256: sha256('1') }
  const b = { path: 'b/c.txt', size: 2, sha256: sha256('22') }
  t.is(contentDigest([b, a]), sha256(`a.txt\x001\x00${a.sha256}\nb/c.txt\x002\x00${b.sha256}\n`))
  t.is(modelSigningDigest([b, a]), sha256(Buffer.from(a.sha256 + b.sha256, 'hex')))
})

test('digests do not depend on the order in which files are found', (t) => {
  const found = fc.check(
    fc.property(files, fc.func(fc.integer()), (list, order) => {
      const shuffled = list.toSorted((one, other) => order(one.path) - order(other.path))
      return (
        contentDigest(shuffled) === contentDigest(list) && modelSigningDigest(shuffled) === modelSigningDigest(list)
      )
    }),
  )
  t.false(found.failed, fc.defaultReportMessage(found))
  t.true(found.numRuns >= 100)
})

test('renaming, resizing, changing, adding or leaving out a file changes the content digest', (t) => {
  const found = fc.check(
    fc.property(files, fc.nat(), (list, at) => {
      const index = at % list.length
      const before = contentDigest(list)
      const changed = (change: (file: DigestedFile) => DigestedFile) =>
        contentDigest(list.map((file, position) => (position === index ? change(file) : file)))
      return [
        changed((file) => ({ ...file, path: `${file.path}~` })),
        changed((file) => ({ ...file, size: file.size + 1 })),
        changed((file) => ({ ...file, sha256: sha256(file.sha256) })),
        contentDigest([...list, { path: 'zz~', size: 0, sha256: sha256('') }]),
        contentDigest(list.filter((_, position) => position !== index)),
      ].every((after) => after !== before)
    }),
  )
  t.false(found.failed, fc.defaultReportMessage(found))
  t.true(found.numRuns >= 100)
})

test('files sort by bytes for the content digest and by path segments for model signing', (t) => {
  const one = { path: 'a-b', size: 1, sha256: sha256('one') }
  const other = { path: 'a/b', size: 1, sha256: sha256('other') }
  t.is(contentDigest([other, one]), sha256(`a-b\x001\x00${one.sha256}\na/b\x001\x00${other.sha256}\n`))
  t.is(modelSigningDigest([one, other]), sha256(Buffer.from(other.sha256 + one.sha256, 'hex')))
  // Beyond the basic plane UTF-16 sorts otherwise than UTF-8.
  const basic = { path: '\uffee', size: 0, sha256: sha256('basic') }
  const beyond = { path: '\u{1f600}', size: 0, sha256: sha256('beyond') }
  t.is(modelSigningDigest([beyond, basic]), sha256(Buffer.from(basic.sha256 + beyond.sha256, 'hex')))
})
