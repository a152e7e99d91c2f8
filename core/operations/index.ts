import type { Operation } from '../operation.ts'

/** Everything the pack can do, in the order of a model's life. A program that runs one operation loads no other. */
export const operations = {
  register: async () => (await import('./register.ts')).register,
  package: async () => (await import('./package.ts')).packageImage,
  profile: async () => (await import('./profile.ts')).profile,
  deploy: async () => (await import('./deploy.ts')).deploy,
  test: async () => (await import('./test.ts')).test,
  watch: async () => (await import('./watch.ts')).watch,
  update: async () => (await import('./update.ts')).update,
  invoke: async () => (await import('./invoke.ts')).invoke,
  show: async () => (await import('./show.ts')).show,
  logs: async () => (await import('./logs.ts')).logs,
  keys: async () => (await import('./keys.ts')).keys,
  download: async () => (await import('./download.ts')).download,
  compute: async () => (await import('./compute.ts')).compute,
  remove: async () => (await import('./remove.ts')).remove,
} as const satisfies Operations

/** Operations by their names, each loaded when it is asked for. */
export type Operations = Readonly<Record<string, () => Promise<Operation>>>

/** The operations' names, so that what a host adds to each cannot miss one. */
export type OperationName = keyof typeof operations
export type OperationsByName = { readonly [Name in OperationName]: Awaited<ReturnType<(typeof operations)[Name]>> }

/** All of them, in their order. */
export const loadAll = (some: Operations = operations): Promise<readonly Operation[]> =>
  Promise.all(Object.values(some).map((load) => load()))
