import type { LogView, ServiceView } from '../snapshot.ts'
import { ask, SignedOut } from './ask.ts'
import { byId, element, setText } from './element.ts'

/** The log of the chosen deployment, followed at its end for as long as nobody scrolls up. */
export class Logs {
  readonly #deployment = byId('log-deployment', HTMLSelectElement)
  readonly #part = byId('log-part', HTMLSelectElement)
  readonly #text = byId('log-text')

  constructor() {
    for (const choice of [this.#deployment, this.#part])
      choice.addEventListener('change', () => {
        setText(this.#text, '')
        void this.read().catch(() => undefined)
      })
  }

  /** The choice of deployments; what is chosen stays chosen, and at first what serves most is. */
  offer(services: readonly ServiceView[]): void {
    const places = services.flatMap(({ name, deployments }) =>
      deployments.map(({ name: deployment, percent }) => ({ place: `${name}/${deployment}`, percent })),
    )
    const present = [...this.#deployment.options].map(({ value }) => value)
    const wanted = places.map(({ place }) => place)
    if (present.join(' ') === wanted.join(' ')) return
    const chosen = this.#deployment.value
    this.#deployment.replaceChildren(
      ...wanted.map((place) => {
        const option = element('option', '', place.replace('/', ' / '))
        option.value = place
        return option
      }),
    )
    const most = [...places].sort((one, other) => other.percent - one.percent)[0]
    this.#deployment.value = wanted.includes(chosen) ? chosen : (most?.place ?? '')
    this.#deployment.disabled = wanted.length === 0
  }

  async read(): Promise<void> {
    const place = this.#deployment.value
    const part = this.#part.value
    if (place === '') return this.#show('There is no deployment to read a log of.')
    const [service = '', deployment = ''] = place.split('/')
    const path = ['logs', service, deployment, part].map(encodeURIComponent).join('/')
    try {
      const { content } = await ask<LogView>(path)
      if (place !== this.#deployment.value || part !== this.#part.value) return
      this.#show(content.trimEnd() || 'The log is empty.')
    } catch (error) {
      if (error instanceof SignedOut) throw error
      this.#show(error instanceof Error ? error.message : String(error))
    }
  }

  #show(text: string): void {
    const box = this.#text
    const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8
    setText(box, text)
    if (isAtEnd) box.scrollTop = box.scrollHeight
  }
}
