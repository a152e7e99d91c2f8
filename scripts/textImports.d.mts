import type { BuildOptions } from 'esbuild'

export const textImports: Pick<BuildOptions, 'loader' | 'plugins'>
