import { expect, test } from 'vitest';
import { ciliumMetrics } from '../../../src/facts/parsers/cilium-metrics.js';
import { expectToSurviveDamage, parseOutput } from './parse-output.js';

const LIST = `
Metric                     Labels                                               Value
cilium_bpf_map_pressure    map_name="cilium_ct4_global"                         1.000000
cilium_bpf_map_pressure    map_name="cilium_policy_00412"                       0.004700
cilium_drop_count_total    direction="EGRESS" reason="CT: Map insertion failed"  90211.000000
cilium_drop_count_total    direction="INGRESS" reason="Unsupported L3 protocol"  311.000000
`;

test('maps that are full and packets that were dropped for it are told', () => {
  const { facts } = parseOutput(ciliumMetrics, 'cilium-dbg metrics list', LIST);
  expect(facts).toEqual({ 'ebpf.maps-full': ['cilium_ct4_global'], 'ebpf.map-drops': 90211 });
});

test('the page that Prometheus reads tells the same', () => {
  const page =
    'cilium_bpf_map_pressure{map_name="cilium_lb4_services_v2"} 0.97\ncilium_drop_count_total{direction="EGRESS",reason="Policy denied"} 5\n';
  const { facts } = parseOutput(ciliumMetrics, 'cilium metrics', page);
  expect(facts).toEqual({ 'ebpf.maps-full': ['cilium_lb4_services_v2'], 'ebpf.map-drops': 0 });
});

test('damaged outputs are survived', () => expectToSurviveDamage(ciliumMetrics, 'cilium metrics list', LIST));
