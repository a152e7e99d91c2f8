/** Where Microsoft's client is told that resources are: it asks before its first call. */
const known = [
  {
    id: 'e81700f7-3be2-46de-8624-2eb35882fcaa',
    area: 'Location',
    resourceName: 'ResourceAreas',
    routeTemplate: '_apis/{resource}/{areaId}',
  },
  {
    id: 'a166fde7-27ad-408e-ba75-703c2cc9d500',
    area: 'Release',
    resourceName: 'releases',
    routeTemplate: '{project}/_apis/{area}/{resource}/{releaseId}',
  },
  {
    id: '0cd358e1-9217-4d94-8269-1c1ee6f93dcf',
    area: 'build',
    resourceName: 'Builds',
    routeTemplate: '{project}/_apis/build/builds/{buildId}',
  },
  {
    id: '7859261e-d2e9-4a68-b820-a5d84cc5bb3d',
    area: 'pipelines',
    resourceName: 'runs',
    routeTemplate: '{project}/_apis/{area}/{pipelineId}/{resource}/{runId}',
  },
]

/** What `OPTIONS _apis/AREA` answers. */
export function locations(path: string): unknown {
  const area = path.replace(/^_apis\//, '').toLowerCase()
  const value = known
    .filter((one) => one.area.toLowerCase() === area)
    .map((one) => ({ ...one, resourceVersion: 9, minVersion: '1.0', maxVersion: '7.2', releasedVersion: '7.1' }))
  return { count: value.length, value }
}

/** Which address serves which area; here one for all. */
export function resourceAreas(locationUrl: string): unknown {
  const value = [
    { id: 'efc2f575-36ef-48e9-b672-0c6fb4a48ac5', name: 'Release', locationUrl },
    { id: '965220d5-5bb9-42cf-8d67-9b146df2a5a4', name: 'build', locationUrl },
    { id: '5264459e-e5e0-4bd8-b118-0985e68a4ec5', name: 'pipelines', locationUrl },
  ]
  return { count: value.length, value }
}
