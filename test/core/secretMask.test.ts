import test from 'ava'
import fc from 'fast-check'
import { SecretMask } from '../../core/secretMask.ts'

const masked = (secret: string, text: string) => {
  const mask = new SecretMask()
  mask.add(secret)
  return mask.apply(text)
}
const secrets = fc
  .string({ unit: 'grapheme', minLength: 4 })
  .filter((text) => text.trim().length >= 4 && !text.includes('*'))

test('no secret survives, wherever in a text it stands', (t) => {
  fc.assert(
    fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
      t.false(masked(secret, before + secret + after).includes(secret.trim()))
    }),
  )
})

test('no secret survives in base64, whatever stands before and after it there', (t) => {
  const long = fc.string({ minLength: 12 }).filter((text) => text === text.trim() && !/[\r\n]/.test(text))
  fc.assert(
    fc.property(
      long,
      fc.string(),
      fc.string(),
      fc.constantFrom('base64', 'base64url'),
      (secret, before, after, form) => {
        const seen = masked(secret, Buffer.from(before + secret + after).toString(form))
        t.true(seen.includes('***'), seen)
      },
    ),
  )
})

test('a secret that lies within another leaves nothing of the other', (t) => {
  const mask = new SecretMask()
  mask.add('horse')
  mask.add('correct-horse-battery')
  t.is(mask.apply('correct-horse-battery, horse'), '***, ***')
})

test('a secret is masked by its lines, URL-encoded, and as JSON writes it', (t) => {
  const secret = '  first "line"\r\nsecond/line+=\n  x\n'
  for (const [text, expected] of [
    ['a first "line" b', 'a *** b'],
    ['second/line+=', '***'],
    ['?sig=second%2Fline%2B%3D&x=1', '?sig=***&x=1'],
    [JSON.stringify({ key: 'first "line"' }), '{"key":"***"}'],
    ['x stays, for it is too short to be one', 'x stays, for it is too short to be one'],
  ] as const)
    t.is(masked(secret, text), expected)
})

test('a text is left as it is when no secret stands in it, and half a character is no fault', (t) => {
  t.is(new SecretMask().apply('text'), 'text')
  t.is(masked('', 'text'), 'text')
  t.is(masked('on', 'on and on'), 'on and on')
  t.is(masked('half \ud83d', 'half \ud83d'), '***')
})
