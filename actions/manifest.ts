import type { OperationName } from '../core/operations/index.ts'

/** How an action looks in GitHub's Marketplace: a Feather icon on one of its colours. */
export interface Branding {
  readonly icon: string
  readonly color: 'white' | 'black' | 'yellow' | 'blue' | 'green' | 'orange' | 'red' | 'purple' | 'gray-dark'
}

/** What only GitHub asks of an operation. An operation that is missing here does not compile. */
export const branding: Readonly<Record<OperationName | 'on-model-registered', Branding>> = {
  register: { icon: 'package', color: 'blue' },
  package: { icon: 'box', color: 'blue' },
  profile: { icon: 'activity', color: 'purple' },
  deploy: { icon: 'upload-cloud', color: 'blue' },
  test: { icon: 'check-circle', color: 'green' },
  watch: { icon: 'eye', color: 'purple' },
  update: { icon: 'refresh-cw', color: 'blue' },
  invoke: { icon: 'play-circle', color: 'green' },
  show: { icon: 'info', color: 'blue' },
  logs: { icon: 'file-text', color: 'blue' },
  keys: { icon: 'lock', color: 'yellow' },
  download: { icon: 'download-cloud', color: 'blue' },
  'on-model-registered': { icon: 'bell', color: 'purple' },
  compute: { icon: 'server', color: 'gray-dark' },
  remove: { icon: 'trash-2', color: 'red' },
}
