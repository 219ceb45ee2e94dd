import { CLUSTER } from '../model.js';
import type { Parser } from './parser.js';

/** `name{labels} value [time]` of Prometheus' text format. */
const SAMPLE = /^(coredns_[a-z_]{1,80})(?:\{([^}]{0,2000})\})? ([0-9.eE+-]{1,40}|\+Inf|NaN)(?: \d{1,16})?$/;
const OWN = /^(?:# (?:HELP|TYPE) )?coredns_(?:dns|forward|cache|build|nodecache|panics|plugin)\w* ?/;
/** Seconds: a lookup that took longer waited for something. */
const SLOW_SECONDS = 1;
/** Fewer queries than this tell no share. */
const FEW = 100;

/** Counters since the server's start, summed over servers, zones and upstreams. */
interface Totals {
  responses: number;
  nxdomain: number;
  servfail: number;
  timed: number;
  fast: number;
  /** Line of the first that counts. */
  first: number;
}

/**
 * CoreDNS' own metrics (`curl http://POD:9153/metrics`), those of before 1.7.0 under their former names: shares of answers
 * that are NXDOMAIN, SERVFAIL or took more than a second, in percent, and the counters that name a fault. They are about
 * the cluster; one replica of several stands for all.
 */
export const corednsMetrics: Parser = {
  id: 'coredns-metrics',
  provides: ['dns.metrics.*'],
  reads: ({ program, args }) =>
    /^coredns[-_]metrics/.test(program) ||
    (program === 'curl' && args.some((arg) => /:(?:9153|9253|9353)\/metrics$/.test(arg.slice(0, 500)))),
  recognises: (head) => head.some((line) => OWN.test(line)),
  parse({ lines }, sink) {
    const totals: Totals = { responses: 0, nxdomain: 0, servfail: 0, timed: 0, fast: 0, first: 0 };
    const sums = new Map<string, { value: number; line: number }>();
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!;
      if (!line.startsWith('coredns_')) continue;
      const match = SAMPLE.exec(line.slice(0, 3000).trim());
      if (match === null) continue;
      const value = Number(match[3]);
      if (!Number.isFinite(value) || value < 0) continue;
      count(totals, match[1]!, match[2] ?? '', value, i + 1);
      const fact = COUNTERS[match[1]!];
      if (fact === undefined) continue;
      const known = sums.get(fact);
      if (known === undefined) sums.set(fact, { value, line: i + 1 });
      else {
        if (known.value === 0 && value > 0) known.line = i + 1;
        known.value += value;
      }
    }
    for (const [fact, { value, line }] of sums) sink.fact(fact, value, line, { subject: CLUSTER });
    const share = (name: string, part: number, of: number): void =>
      sink.fact(name, Math.round((part / of) * 100), totals.first, { subject: CLUSTER });
    if (totals.responses >= FEW) {
      share('dns.metrics.nxdomain-share', totals.nxdomain, totals.responses);
      share('dns.metrics.servfail-share', totals.servfail, totals.responses);
    }
    if (totals.timed >= FEW && totals.fast > 0) {
      share('dns.metrics.slow-share', Math.max(0, totals.timed - totals.fast), totals.timed);
    }
  },
};

/** Counters whose sum is a fact of its own. */
const COUNTERS: Readonly<Record<string, string>> = {
  coredns_forward_max_concurrent_rejects_total: 'dns.metrics.concurrent-rejects',
  coredns_forward_healthcheck_broken_total: 'dns.metrics.healthcheck-broken',
  coredns_forward_healthcheck_broken_count_total: 'dns.metrics.healthcheck-broken',
  coredns_panics_total: 'dns.metrics.panics',
  coredns_panic_count_total: 'dns.metrics.panics',
  coredns_nodecache_setup_errors_total: 'dns.metrics.nodecache-setup-errors',
  coredns_nodecache_setup_errors: 'dns.metrics.nodecache-setup-errors',
};

function count(totals: Totals, name: string, labels: string, value: number, line: number): void {
  if (name === 'coredns_dns_responses_total' || name === 'coredns_dns_response_rcode_count_total') {
    totals.responses += value;
    totals.first ||= line;
    if (/(?:^|,)rcode="NXDOMAIN"/.test(labels)) totals.nxdomain += value;
    else if (/(?:^|,)rcode="SERVFAIL"/.test(labels)) totals.servfail += value;
  } else if (name === 'coredns_dns_request_duration_seconds_count') {
    totals.timed += value;
    totals.first ||= line;
  } else if (name === 'coredns_dns_request_duration_seconds_bucket') {
    const bound = /(?:^|,)le="([^"]{1,20})"/.exec(labels)?.[1];
    // Buckets are powers of two from 250 µs: 1.024 is the first at or above a second.
    if (bound !== undefined && Number(bound) >= SLOW_SECONDS && Number(bound) < SLOW_SECONDS * 2) totals.fast += value;
  }
}
