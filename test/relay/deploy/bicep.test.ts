import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import plainTest from 'ava'
import { ledgerVariables } from '../../../core/trigger/index.ts'
import { ledgerPlace } from '../../../core/trigger/openLedger.ts'
import { functionVariables } from '../../../relay/hosts/functionVariables.ts'
import { relayVariables } from '../../../relay/settings.ts'
import { testWith } from '../../requirements.ts'
import { bicepFaults, parseBicep } from './bicepFaults.ts'

const folder = 'relay/deploy'
const files = readdirSync(folder).filter((name) => name.endsWith('.bicep'))
const test = testWith('pycep-parser')

test("the relay's Bicep is as Microsoft describes the resources, and its modules fit together", (t) => {
  const trees = parseBicep(files.map((name) => join(folder, name)))
  t.deepEqual(bicepFaults(trees), [])
  t.true([...trees.values()].flatMap(({ resources }) => Object.keys(resources)).length > 15)
})

test('the check of the Bicep finds what is wrong', (t) => {
  const copy = mkdtempSync(join(tmpdir(), 'bicep-'))
  t.teardown(() => rmSync(copy, { recursive: true }))
  const changed = (file: string, from: string, to: string): readonly string[] => {
    for (const name of files) {
      const text = readFileSync(join(folder, name), 'utf8')
      if (name === file) t.true(text.includes(from), from)
      writeFileSync(join(copy, name), name === file ? text.replace(from, to) : text)
    }
    return bicepFaults(parseBicep(files.map((name) => join(copy, name))))
  }
  const wrong: [string, string, string][] = [
    ['relay.bicep', 'allowSharedKeyAccess: false', 'allowSharedKeyAcces: false'],
    ['relay.bicep', 'allowBlobPublicAccess: false', "allowBlobPublicAccess: 'no'"],
    ['relay.bicep', 'enableRbacAuthorization: true', "enableRbacAuthorization: 'true'"],
    ['relay.bicep', 'tenantId: subscription().tenantId', 'displayName: 1'],
    ['relay.bicep', 'parent: blobs', 'parent: blobz'],
    ['relay.bicep', 'storageAccounts@2023-05-01', 'storageAccounts@2023-05-02'],
    ['relay.bicep', 'workspaceId: workspaceId', 'workspace: workspaceId'],
    ['delivery.bicep', "endpointType: 'AzureFunction'", "endpointType: 'Function'"],
    ['delivery.bicep', 'blobContainerName: deadLetterContainer', 'container: deadLetterContainer'],
    ['workspaceEvents.bicep', 'principalId: relayPrincipalId', 'principal: relayPrincipalId'],
  ]
  for (const [file, from, to] of wrong) t.true(changed(file, from, to).length > 0, `${from} → ${to}`)
  t.throws(() => changed('relay.bicep', 'resource storage ', 'resource storage storage '))
})

plainTest('the Bicep names every setting that the relay reads, and none that it does not', (t) => {
  const text = readFileSync(join(folder, 'relay.bicep'), 'utf8')
  const named = new Set(text.match(/\bAZUREML_CD_\w+/g))
  const read = [...relayVariables, ...Object.values(functionVariables), ...Object.values(ledgerVariables)]
  t.deepEqual([...named].toSorted(), read.toSorted())
  // What the deployment sets itself, with the values that Azure's storage has.
  const [, ledger = ''] = /AZUREML_CD_LEDGER: '(.*)'/.exec(text) ?? []
  const place = ledger.replace(
    /^\$\{storage\.properties\.primaryEndpoints\.table\}/,
    'https://relay.table.core.windows.net/',
  )
  t.deepEqual(ledgerPlace(place), { kind: 'table', service: 'https://relay.table.core.windows.net', table: 'ledger' })
})
