import type { YAMLParseError } from 'yaml'

interface SyntaxFault {
  readonly offset: number
  readonly message: string
}

/**
 * What a fault of syntax means to the person who wrote it. The parser's own texts quote the file, which may hold
 * secrets, so that only its codes are used.
 */
const sentences: Readonly<Record<YAMLParseError['code'], string>> = {
  ALIAS_PROPS: 'An alias (*name) cannot have an anchor or a tag of its own.',
  BAD_ALIAS: 'An alias (*name) stands where it cannot.',
  BAD_COLLECTION_TYPE: 'A tag does not fit the object or list it stands before.',
  BAD_DIRECTIVE: 'A line that begins with % is not a YAML directive.',
  BAD_DQ_ESCAPE: 'A text in double quotes holds a backslash sequence that does not exist; a backslash itself is \\\\.',
  BAD_INDENT: 'The indentation does not fit what stands above.',
  BAD_PROP_ORDER: 'An anchor (&name) or a tag (!name) stands where it cannot.',
  BAD_SCALAR_START: 'A text begins with a character that needs quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Two "key:" stand on one line; the second needs a line of its own, or quotes.',
  BLOCK_IN_FLOW:
    'A list or object of indented lines cannot stand inside [ ] or { }; a comma or a bracket may be missing.',
  DUPLICATE_KEY: 'A key is given twice.',
  IMPOSSIBLE: 'The text could not be understood.',
  KEY_OVER_1024_CHARS: 'A key is longer than 1024 characters; a colon or a quote may be missing.',
  MISSING_CHAR: 'A closing quote, bracket, comma or colon is missing.',
  MULTILINE_IMPLICIT_KEY: 'A key goes on over several lines; a colon may be missing.',
  MULTIPLE_ANCHORS: 'A value has more than one anchor (&name).',
  MULTIPLE_DOCS: 'The file may hold only one document.',
  MULTIPLE_TAGS: 'A value has more than one tag (!name).',
  NON_STRING_KEY: 'A key must be a text.',
  RESOURCE_EXHAUSTION: 'Too many objects and lists lie within one another.',
  TAB_AS_INDENT: 'Lines are indented with a tab; YAML takes blanks only.',
  TAG_RESOLVE_FAILED: 'A tag (!name) is not known; write the value without it.',
  UNEXPECTED_TOKEN: 'Something stands here that does not fit; a bracket or quote may be missing or left over.',
}

/**
 * The faults of syntax in a file. One slip in JSON makes the parser of YAML complain several times, in words of YAML:
 * there the first place is told, and what it can be.
 */
export function syntaxFaults(errors: readonly YAMLParseError[], isJson: boolean): SyntaxFault[] {
  const faults = errors.map(({ code, pos }) => ({ offset: pos[0], code, message: sentences[code] }))
  const first = faults.toSorted((one, other) => one.offset - other.offset)[0]
  if (!isJson || !first) return faults
  const message =
    first.code === 'BAD_DQ_ESCAPE'
      ? first.message
      : 'A comma, colon, quote or bracket is missing or left over near here.'
  return [{ offset: first.offset, message }]
}
