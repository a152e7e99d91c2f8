import test from 'ava'
import { InputError } from '../../../core/errors.ts'
import { ledgerPlace } from '../../../core/trigger/openLedger.ts'

test('a ledger is in a folder or in a table, and what is neither is told', (t) => {
  t.deepEqual(ledgerPlace('.azureml-cd/ledger'), { kind: 'folder', folder: '.azureml-cd/ledger' })
  t.deepEqual(ledgerPlace('https://a.table.core.windows.net/ledger'), {
    ...{ kind: 'table', service: 'https://a.table.core.windows.net', table: 'ledger' },
  })
  for (const place of ['https://a.table.core.windows.net/', 'http://a.example/ledger', 'https://a.example/a/b'])
    t.throws(() => ledgerPlace(place), { instanceOf: InputError, message: /is no place for a ledger/ })
})
