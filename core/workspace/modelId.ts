/** Name and version from a model's ARM id, or from its address in a workspace or registry; undefined when it is none. */
export function parseModelId(id: string): { readonly name: string; readonly version: string } | undefined {
  const [, name, version] = /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ?? []
  return name === undefined || version === undefined ? undefined : { name, version }
}
