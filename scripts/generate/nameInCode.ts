import type { Operation } from '../../core/index.ts'

/** What an operation's file exports: its name, but for the one that is a word of the language. */
export const nameInCode = ({ name }: Operation): string => (name === 'package' ? 'packageImage' : name)
