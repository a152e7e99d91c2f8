import type { Metafile } from 'esbuild'

export declare function bundleTask(task: { readonly entry: string; readonly folder: string }): Promise<Metafile>
