/** Where a service can live. */
export const targetNames = ['managed', 'local', 'aci', 'aks', 'batch', 'iot-edge'] as const

export type TargetName = (typeof targetNames)[number]

/** What a file says by `computeType`, in lower case, and the target that is meant (reference v1-surface.md 1.4 to 1.8). */
export const targetOfComputeType: ReadonlyMap<string, TargetName> = new Map([
  ['managed', 'managed'],
  ['local', 'local'],
  ['aci', 'aci'],
  ['aks', 'aks'],
  ['aksendpoint', 'aks'],
  ['kubernetes', 'aks'],
  ['batch', 'batch'],
  ['iot', 'iot-edge'],
])
