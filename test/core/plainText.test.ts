import test from 'ava'
import fc from 'fast-check'
import { plainText } from '../../core/plainText.ts'
import { hostile, obeyed } from '../hosts/hostile.ts'

const pieces = fc.constantFrom(
  ...['#', '##', 'vso[', 'VSO[', '[', ']', ':', '::', ' ', '\t', '\n', '\r', '\u001b[1m', '\u001b]0;', '\u0007', '\0'],
  ...['\u009b', '\u0085', '\u2028', '\ufeff', 'task.setvariable', 'error', 'text'],
)

test('nothing that a terminal or an agent obeys can be put together', (t) => {
  fc.assert(
    fc.property(
      fc.array(pieces).map((parts) => parts.join('')),
      (text) => t.is(obeyed(plainText(text)), undefined),
    ),
    { numRuns: 2000 },
  )
})

test('every known command is obeyed as it is and harmless as plain text', (t) => {
  for (const line of hostile) {
    t.not(obeyed(line), undefined, JSON.stringify(line))
    t.is(obeyed(plainText(line)), undefined, JSON.stringify(line))
  }
})

test('plain text stays as it is, and made plain twice it is the same', (t) => {
  const text = 'epoch 1: loss=0.3 # a :: b\n\tTraceback (line 3): äöü 模型 🎉 C::D ## Heading [1]'
  t.is(plainText(text), text)
  fc.assert(
    fc.property(
      fc.array(pieces).map((parts) => parts.join('')),
      (any) => t.is(plainText(plainText(any)), plainText(any)),
    ),
  )
})

test('colours go, lines stay', (t) => {
  t.is(plainText('\u001b[31mERROR\u001b[0m one\r\ntwo\rthree'), 'ERROR one\ntwo\nthree')
})
