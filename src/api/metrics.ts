import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What Prometheus reads at /metrics. Labels are few: routes by their pattern, never a path that a caller made up. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Counter({
    name: 'podnet_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [this.registry],
  });
  readonly duration = new Histogram({
    name: 'podnet_http_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer.',
    labelNames: ['route'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });
  readonly diagnoses = new Counter({
    name: 'podnet_diagnoses_total',
    help: 'Diagnoses by outcome.',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly killed = new Counter({
    name: 'podnet_workers_killed_total',
    help: 'Threads that were ended because of the input they worked on.',
    labelNames: ['why'] as const,
    registers: [this.registry],
  });

  constructor(load: () => { waiting: number; running: number }) {
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(value());
        },
      });
    };
    gauge('podnet_diagnoses_waiting', 'Requests that wait for a thread.', () => load().waiting);
    gauge('podnet_diagnoses_running', 'Requests that a thread works on.', () => load().running);
    collectDefaultMetrics({ register: this.registry });
  }
}
