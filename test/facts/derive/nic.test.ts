import { expect, test } from 'vitest';
import { nic } from '../../../src/facts/derive/nic.js';
import { derived, flannelCluster } from './bundle-facts.js';

const LINK = (
  errors: number,
  dropped: number,
) => `2: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000
    link/ether 52:54:00:b3:7b:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    RX:  bytes packets errors dropped  missed   mcast
        464077     978      ${errors}       ${dropped}       0       0
    TX:  bytes packets errors dropped carrier collsns
        469140     946      0       0       0       0
`;

test("drops are errors and drops of the NIC's both directions, or what the driver counts beyond", () => {
  const drops = (files: Record<string, string>) =>
    derived(nic, { ...flannelCluster(), ...files }).node('n1', 'nic.drops');
  expect(drops({ 'nodes/n1/ip_-s_link': LINK(0, 0) })).toBe(0);
  expect(drops({ 'nodes/n1/ip_-s_link': LINK(3, 40) })).toBe(43);
  expect(
    drops({
      'nodes/n1/ip_-s_link': LINK(3, 40),
      'nodes/n1/ethtool_-S_eth0': 'NIC statistics:\n     rx_missed_errors: 5120\n',
    }),
  ).toBe(5120);
  expect(drops({})).toBeUndefined();
});
