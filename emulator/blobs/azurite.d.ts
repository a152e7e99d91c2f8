// Azurite has no type declarations. These are the parts of it that the emulator is built on, no more.

declare module 'azurite/dist/src/common/Logger.js' {
  const loaded: { readonly default: object }
  export default loaded
}

declare module 'azurite/dist/src/common/models.js' {
  const loaded: { readonly OAuthLevel: { readonly BASIC: number } }
  export default loaded
}

declare module 'azurite/dist/src/blob/persistence/LokiBlobMetadataStore.js' {
  interface Store {
    readonly db: { saveDatabase(done: (error?: unknown) => void): void }
    init(): Promise<void>
    close(): Promise<void>
  }
  const loaded: { readonly default: new (path: string, inMemory: boolean) => Store }
  export default loaded
}

declare module 'azurite/dist/src/common/persistence/LokiExtentMetadataStore.js' {
  interface Store {
    readonly db: { saveDatabase(done: (error?: unknown) => void): void }
    init(): Promise<void>
    close(): Promise<void>
  }
  const loaded: { readonly default: new (path: string, inMemory: boolean) => Store }
  export default loaded
}

declare module 'azurite/dist/src/common/persistence/FSExtentStore.js' {
  interface Store {
    init(): Promise<void>
    close(): Promise<void>
  }
  interface Destination {
    readonly locationId: string
    readonly locationPath: string
    readonly maxConcurrency: number
  }
  const loaded: {
    readonly default: new (metadata: object, destinations: readonly Destination[], logger: object) => Store
  }
  export default loaded
}

declare module 'azurite/dist/src/blob/BlobRequestListenerFactory.js' {
  import type { RequestListener } from 'node:http'

  interface Account {
    readonly name: string
    readonly key1: Buffer
  }
  interface Factory {
    createRequestListener(): RequestListener
  }
  const loaded: {
    readonly default: new (
      metadataStore: object,
      extentStore: object,
      accountStore: { getAccount(name: string): Account | undefined },
      enableAccessLog: boolean,
      accessLogStream: undefined,
      loose: boolean,
      skipApiVersionCheck: boolean,
      oauth: number,
      disableProductStyleUrl: boolean,
    ) => Factory
  }
  export default loaded
}

declare module 'azurite/dist/src/blob/gc/BlobGCManager.js' {
  interface Collector {
    start(): Promise<void>
    close(): Promise<void>
  }
  const loaded: {
    readonly default: new (
      referred: object,
      all: object,
      extentStore: object,
      failed: (error: unknown) => void,
      logger: object,
    ) => Collector
  }
  export default loaded
}
