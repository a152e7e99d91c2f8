import { type Host, type Operation, type Outcome, studioLink } from '../core/index.ts'

const words: Readonly<Record<Outcome['kind'], string>> = {
  done: 'done',
  failed: 'failed',
  'bad-input': 'not started',
  refused: 'refused',
}

/** The end of a step's summary: what went wrong if something did, how long it took, and where to look further. */
export function summaryFooter(
  { name, title }: Operation,
  host: Pick<Host, 'input'> & { readonly lastError: string | undefined },
  run: { readonly kind: Outcome['kind']; readonly seconds: number; readonly runUrl: string | undefined },
): string {
  const { kind, seconds, runUrl } = run
  const alarm =
    kind === 'done' || host.lastError === undefined
      ? []
      : [
          '> [!CAUTION]',
          ...[`${title}: ${words[kind]}.`, ...host.lastError.split('\n')].map((line) => `> ${line}`.trimEnd()),
        ]
  const studio = studioLink({
    cloud: host.input('cloud'),
    subscriptionId: host.input('subscriptionId'),
    resourceGroup: host.input('resourceGroup'),
    workspace: host.input('workspace'),
    service: host.input('service'),
  })
  const links = [
    ...(studio === undefined ? [] : [`[studio](${studio})`]),
    ...(runUrl === undefined ? [] : [`[this run](${runUrl})`]),
  ]
  return ['', ...alarm, '', `<sub>${[`${name} ${words[kind]} in ${seconds.toFixed(1)} s`, ...links].join(' · ')}</sub>`]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
}
