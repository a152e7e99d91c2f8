import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
