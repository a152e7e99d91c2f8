import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { endpointName } from '../config/names.ts'
import { InputError } from '../errors.ts'
import { checkedText, choice, flag, optional, path, secretText } from '../inputs.ts'
import { defineOperation } from '../operation.ts'
import { workspaceInputs } from '../workspaceInputs.ts'
import { existingService } from './existingService.ts'
import { serviceTarget, targetOf } from './targetInput.ts'

export const keys = defineOperation({
  name: 'keys',
  title: 'Get or replace the keys of a service',
  summary:
    'Hand out what opens a service, its keys or a token, masked in everything that is printed; or replace one of its keys.',
  inputs: {
    ...workspaceInputs,
    service: checkedText(endpointName, 'Service whose keys are meant.'),
    target: serviceTarget,
    regenerate: choice(['none', 'primary', 'secondary'], 'Which key to replace before they are handed out.'),
    keyValue: optional(secretText('What to replace the key by. Default: one that is made up.')),
    file: optional(
      path(
        'File to write the keys or the token to, as JSON; only its owner may read it. The command line prints none.',
      ),
    ),
    dryRun: flag('Say what would be replaced and change nothing.'),
  },
  outputs: {
    changed: z.boolean().describe('Whether a key was replaced.'),
    authentication: z.string().describe('key, aml-token, aad-token or none.'),
    primaryKey: z.string().optional().describe('The first key, as a secret.'),
    secondaryKey: z.string().optional().describe('The second key, as a secret.'),
    token: z.string().optional().describe('A token, as a secret, where the service takes tokens of its own.'),
    tokenExpiresAt: z.string().optional().describe('Until when the token is good, ISO 8601.'),
    scoringUri: z.string().describe('Where the service scores.'),
  },
  rules: ({ regenerate, keyValue }) =>
    keyValue !== undefined && regenerate === 'none'
      ? [{ key: 'keyValue', fault: 'is only for a key that is replaced: say which by regenerate' }]
      : [],
  async run(context, { service, target: word, regenerate, keyValue, file, dryRun }) {
    const { host } = context
    const target = await targetOf(context, word)
    const { authentication, scoringUri = '' } = await existingService(context, target, service)
    if (regenerate !== 'none' && authentication !== 'key')
      throw new InputError(`The service "${service}" has no keys to replace: its authentication is ${authentication}.`)
    if (regenerate !== 'none' && dryRun) host.log.info(`Would replace the ${regenerate} key of ${service}.`)
    const changed = regenerate !== 'none' && !dryRun
    if (changed) {
      await target.regenerateKey(service, regenerate === 'primary' ? 'Primary' : 'Secondary', keyValue)
      host.log.info(`The ${regenerate} key of ${service} was replaced; the other one is as it was.`)
    }
    const secrets = await target.secrets(service)
    const opens = {
      primaryKey: secrets.kind === 'keys' ? secrets.primary : undefined,
      secondaryKey: secrets.kind === 'keys' ? secrets.secondary : undefined,
      token: secrets.kind === 'token' ? secrets.token : undefined,
    }
    for (const secret of Object.values(opens)) if (secret !== undefined) host.secret(secret)
    const tokenExpiresAt = secrets.kind === 'token' ? new Date(secrets.expiresAt).toISOString() : undefined
    if (file !== undefined) {
      await writeFile(
        file,
        `${JSON.stringify({ authentication, scoringUri, ...opens, tokenExpiresAt }, undefined, 2)}\n`,
        {
          mode: 0o600,
        },
      )
      host.log.info(`Written to ${file}.`)
    }
    return { changed, authentication, scoringUri, ...opens, tokenExpiresAt }
  },
})
