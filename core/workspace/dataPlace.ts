/** A folder or a file that a job reads or writes, by an address that Azure ML understands. */
export interface DataPlace {
  readonly kind: 'folder' | 'file'
  readonly uri: string
}
