import type { Metafile } from 'esbuild'

export function actionEntries(): Record<string, string>
export function bundleActions(what: { entryPoints: Record<string, string>; outdir: string }): Promise<Metafile>
