// Bundled by the test that uses it, because the packages import JSON in a way that Node.js alone does not take.
import { type ActionMetadata, parseActionReference } from '@actions/languageservice/action'
import { validate } from '@actions/languageservice/validate'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { parse } from 'yaml'

let documents = 0

/** The inputs of other people's actions that are used here, as their manifests have them. */
const others: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout': ['persist-credentials', 'ref'],
  'actions/setup-node': ['node-version'],
  'actions/upload-artifact': ['name', 'path'],
  'actions/download-artifact': ['name', 'path'],
  'actions/attest': ['subject-path', 'sbom-path'],
}

function otherManifest(action: string): ActionMetadata | undefined {
  const inputs = others[action]
  return (
    inputs && {
      name: action,
      description: action,
      inputs: Object.fromEntries(inputs.map((name) => [name, { description: name }])),
    }
  )
}

/** What GitHub's own language service says of a workflow or an action's manifest; `manifestOf` reads the manifests of ours. */
export async function findingsIn(
  kind: 'workflow' | 'action',
  text: string,
  manifestOf: (action: string) => Promise<string | undefined>,
): Promise<readonly string[]> {
  // It remembers what it knows of a document by its address.
  documents += 1
  const path = kind === 'action' ? `${documents}/action.yml` : `.github/workflows/${documents}.yml`
  const document = TextDocument.create(`file:///repository/${path}`, 'yaml', 1, text)
  const found = await validate(document, {
    actionsMetadataProvider: {
      async fetchActionMetadata({ owner, name, path: folder = '' }): Promise<ActionMetadata | undefined> {
        if (owner !== 'your-org') return otherManifest(`${owner}/${name}`)
        const manifest = await manifestOf(folder)
        return manifest === undefined ? undefined : parse(manifest)
      },
    },
  })
  return found.map(
    ({ message, range }) => `line ${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
  )
}

export { parseActionReference }
