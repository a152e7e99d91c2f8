import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What became of one piece of news. */
export type NewsOutcome = 'accepted' | 'another type' | 'another workspace' | 'unreadable' | 'not stored'

/** The relay's figures, in Prometheus' text form. */
export class RelayMetrics {
  readonly #registry = new Registry()
  readonly #news = new Counter({
    name: 'azureml_cd_relay_events_total',
    help: 'Events and webhooks by sender and by what became of them.',
    labelNames: ['source', 'outcome'],
    registers: [this.#registry],
  })
  readonly #requests = new Histogram({
    name: 'azureml_cd_relay_request_duration_seconds',
    help: 'Time to answer, by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers: [this.#registry],
  })
  readonly #lastAccepted = new Gauge({
    name: 'azureml_cd_relay_last_accepted_timestamp_seconds',
    help: 'When an event was last accepted; 0 when none was since the start.',
    registers: [this.#registry],
  })

  countNews(source: string, outcome: NewsOutcome, count = 1): void {
    if (count > 0) this.#news.inc({ source, outcome: outcome.replaceAll(' ', '_') }, count)
    if (outcome === 'accepted' && count > 0) this.#lastAccepted.setToCurrentTime()
  }

  observeRequest(route: string, status: number, seconds: number): void {
    this.#requests.observe({ route, status: String(status) }, seconds)
  }

  /** Where others of the same process, such as the controller, put their own figures. */
  get registry(): Registry {
    return this.#registry
  }

  async text(): Promise<{ readonly text: string; readonly contentType: string }> {
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType }
  }
}
