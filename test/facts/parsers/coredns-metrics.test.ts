import { describe, expect, it } from 'vitest';
import { corednsMetrics } from '../../../src/facts/parsers/coredns-metrics.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const TEXT = `# TYPE coredns_dns_responses_total counter
coredns_dns_responses_total{plugin="",rcode="SERVFAIL",server="dns://:53",view="",zone="."} 50
coredns_dns_responses_total{plugin="kubernetes",rcode="NOERROR",server="dns://:53",view="",zone="."} 250
coredns_dns_responses_total{plugin="kubernetes",rcode="NXDOMAIN",server="dns://:53",view="",zone="."} 7e+02
coredns_dns_request_duration_seconds_bucket{server="dns://:53",zone=".",le="0.512"} 800
coredns_dns_request_duration_seconds_bucket{server="dns://:53",zone=".",le="1.024"} 900
coredns_dns_request_duration_seconds_bucket{server="dns://:53",zone=".",le="+Inf"} 1000
coredns_dns_request_duration_seconds_count{server="dns://:53",zone="."} 1000
coredns_forward_max_concurrent_rejects_total 3
coredns_panics_total 0
`;
const COMMAND = 'curl -s http://10.244.0.3:9153/metrics';

describe('coredns-metrics', () => {
  it('tells shares of answers and counters that name a fault', () => {
    expect(parseOutput(corednsMetrics, COMMAND, TEXT).facts).toEqual({
      'dns.metrics.nxdomain-share': 70,
      'dns.metrics.servfail-share': 5,
      'dns.metrics.slow-share': 10,
      'dns.metrics.concurrent-rejects': 3,
      'dns.metrics.panics': 0,
    });
  });

  it('knows the names of before 1.7.0', () => {
    const text = `coredns_dns_response_rcode_count_total{rcode="NXDOMAIN",server="dns://:53",zone="."} 90
coredns_dns_response_rcode_count_total{rcode="NOERROR",server="dns://:53",zone="."} 30
`;
    expect(parseOutput(corednsMetrics, COMMAND, text).facts['dns.metrics.nxdomain-share']).toBe(75);
  });

  it('tells no share of a few queries', () => {
    const text = 'coredns_dns_responses_total{rcode="NXDOMAIN",server="dns://:53",zone="."} 9\n';
    expect(parseOutput(corednsMetrics, COMMAND, text).facts).toEqual({});
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(corednsMetrics, [], ['curl -s http://10.244.0.3:8080/health']);
    expect(corednsMetrics.recognises?.(TEXT.split('\n'))).toBe(true);
    expectToSurviveDamage(corednsMetrics, COMMAND, TEXT);
  });
});
