import { systemClock } from '../../azure/clock.ts'
import type { DestinationConfig } from '../../config/destinationSchema.ts'
import { assertNever } from '../../errors.ts'
import type { Destination } from '../destination.ts'
import type { Resolve } from './addressGuard.ts'
import { azurePipeline } from './azurePipeline.ts'
import { azureRelease } from './azureRelease.ts'
import { githubDispatch } from './githubDispatch.ts'
import { githubWorkflow } from './githubWorkflow.ts'
import { incomingWebhook } from './incomingWebhook.ts'
import type { ProxyFor } from './proxySettings.ts'
import { releaseArtifact } from './releaseArtifact.ts'
import { Sender } from './sender.ts'
import type { Surroundings } from './surroundings.ts'
import { webhook } from './webhook.ts'

export interface Destinations {
  readonly byName: ReadonlyMap<string, Destination>
  close(): Promise<void>
}

/** The destinations of a triggers.yml, by name, with the connections that they share. */
export function createDestinations(options: {
  readonly configs: Readonly<Record<string, DestinationConfig>>
  readonly readSecret: Surroundings['readSecret']
  readonly credential: Surroundings['credential']
  readonly clock?: Surroundings['clock'] | undefined
  readonly resolve?: Resolve | undefined
  readonly proxyFor?: ProxyFor | undefined
}): Destinations {
  const { configs, readSecret, credential, clock = systemClock, resolve, proxyFor } = options
  const senders = {
    public: new Sender({ reach: 'public', resolve, proxyFor }),
    private: new Sender({ reach: 'private', resolve, proxyFor }),
  }
  const byName = new Map(
    Object.entries(configs).map(([name, config]) => {
      const sender = senders[config.allowPrivateAddresses === true ? 'private' : 'public']
      return [name, createDestination(config, { name, sender, readSecret, credential, clock })]
    }),
  )
  return {
    byName,
    close: async () => {
      await Promise.all([senders.public.close(), senders.private.close()])
    },
  }
}

function createDestination(config: DestinationConfig, surroundings: Surroundings): Destination {
  switch (config.kind) {
    case 'github-dispatch':
      return githubDispatch(config, surroundings)
    case 'github-workflow':
      return githubWorkflow(config, surroundings)
    case 'azure-release':
      return azureRelease(config, surroundings)
    case 'azure-pipeline':
      return azurePipeline(config, surroundings)
    case 'incoming-webhook':
      return incomingWebhook(config, surroundings)
    case 'release-artifact':
      return releaseArtifact(config, surroundings)
    case 'webhook':
      return webhook(config, surroundings)
    default:
      return assertNever(config)
  }
}
