import { describe, expect, it } from 'vitest';
import { ethtool } from '../../../src/facts/parsers/ethtool.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const FEATURES = `
Features for flannel.1:
rx-checksumming: on
tx-checksumming: on
	tx-checksum-ipv4: off [fixed]
	tx-checksum-ip-generic: on
tcp-segmentation-offload: off
	tx-tcp-segmentation: off [requested on]
rx-vlan-offload: on [fixed]
`;
const SETTINGS = `
Settings for eth0:
	Supported ports: [ TP ]
	Supported link modes:   10baseT/Half 10baseT/Full
	                        1000baseT/Full
	Speed: 10000Mb/s
	Duplex: Full
	Link detected: no (cable unplugged)
`;
const STATISTICS = `
NIC statistics:
     rx_packets: 4711
     rx_queue_0_drops: 12
     rx_missed_errors: 3
     tx_interrupts: 99
     tx_deferred_ok: 5
     [0]: rx_discards: 7
     bw_in_allowance_exceeded: 8
`;

describe('ethtool', () => {
  it('reads features as booleans', () => {
    const parsed = parseOutput(ethtool, 'ethtool -k flannel.1', FEATURES);
    expect(parsed.problems).toEqual([]);
    expect(parsed.facts).toEqual({
      'ethtool.flannel.1.rx-checksumming': true,
      'ethtool.flannel.1.tx-checksumming': true,
      'ethtool.flannel.1.tx-checksum-ipv4': false,
      'ethtool.flannel.1.tx-checksum-ip-generic': true,
      'ethtool.flannel.1.tcp-segmentation-offload': false,
      'ethtool.flannel.1.tx-tcp-segmentation': false,
      'ethtool.flannel.1.rx-vlan-offload': true,
    });
  });

  it('reads the link, its speed and duplex', () => {
    const parsed = parseOutput(ethtool, 'ethtool eth0', SETTINGS);
    expect(parsed.problems).toEqual([]);
    expect(parsed.facts).toEqual({
      'ethtool.eth0.link': false,
      'ethtool.eth0.speed': 10000,
      'ethtool.eth0.duplex': 'full',
    });
  });

  it('does not tell a speed that the driver does not know', () => {
    expect(
      parseOutput(ethtool, 'ethtool eth0', 'Settings for eth0:\n\tSpeed: Unknown!\n\tLink detected: yes').facts,
    ).toEqual({
      'ethtool.eth0.link': true,
    });
  });

  it('keeps the statistics that speak of lost packets', () => {
    const parsed = parseOutput(ethtool, 'ethtool -S eth0', STATISTICS);
    expect(parsed.problems).toEqual([]);
    expect(parsed.facts).toEqual({
      'ethtool.eth0.stat.rx_queue_0_drops': 12,
      'ethtool.eth0.stat.rx_missed_errors': 3,
      'ethtool.eth0.stat.[0]:_rx_discards': 7,
      'ethtool.eth0.stat.bw_in_allowance_exceeded': 8,
    });
  });

  it('reads the driver, and takes no statistics for no fact', () => {
    expect(
      parseOutput(ethtool, 'ethtool -i eth0', 'driver: virtio_net\nversion: 1.0.0\nfirmware-version: ').facts,
    ).toEqual({
      'ethtool.eth0.driver': 'virtio_net',
    });
    const none = parseOutput(ethtool, 'ethtool -S cni0', 'no stats available');
    expect(none.facts).toEqual({});
    expect(none.problems).toEqual([]);
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(
      ethtool,
      'ethtool -k eth0',
      FEATURES.replace('rx-checksumming: on', 'rx-checksumming on'),
    );
    expect(parsed.problems.map(({ line }) => line)).toEqual([2]);
  });

  it('tells how large the rings are and could be', () => {
    const parsed = parseOutput(
      ethtool,
      'ethtool -g eth0',
      'Ring parameters for eth0:\nPre-set maximums:\nRX:\t\t4096\nRX Mini:\tn/a\nTX:\t\t4096\nCurrent hardware settings:\nRX:\t\t256\nRX Mini:\tn/a\nTX:\t\t512',
    );
    expect(parsed.problems).toEqual([]);
    expect(parsed.facts).toEqual({
      'ethtool.eth0.ring.rx-max': 4096,
      'ethtool.eth0.ring.tx-max': 4096,
      'ethtool.eth0.ring.rx': 256,
      'ethtool.eth0.ring.tx': 512,
    });
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      ethtool,
      ['ethtool_eth0', 'ethtool_-k_eth0', 'ethtool_-S_eth0', 'ethtool_-i_eth0'],
      ['ethtool_-c_eth0', 'ethtool_-a_eth0', 'ethtool'],
    );
    expect(ethtool.recognises?.(FEATURES.trim().split('\n'))).toBe(true);
    expectToSurviveDamage(ethtool, 'ethtool -k flannel.1', FEATURES);
    expectToSurviveDamage(ethtool, 'ethtool -S eth0', STATISTICS);
    expectToSurviveDamage(ethtool, 'ethtool eth0', SETTINGS);
  });
});
