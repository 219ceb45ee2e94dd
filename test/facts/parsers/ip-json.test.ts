import { expect, test } from 'vitest';
import { ipAddr } from '../../../src/facts/parsers/ip-addr.js';
import { ipJson } from '../../../src/facts/parsers/ip-json.js';
import { ipRouteGet } from '../../../src/facts/parsers/ip-route-get.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LINKS = `[ {
        "ifindex": 2,
        "link_index": 4,
        "ifname": "eth0",
        "flags": [ "BROADCAST","MULTICAST","UP","LOWER_UP" ],
        "mtu": 1500,
        "qdisc": "mq",
        "operstate": "UP",
        "address": "52:54:00:B3:7b:01",
        "stats64": {"rx": {"bytes": 9, "packets": 5, "errors": 1, "dropped": 2}, "tx": {"bytes": 9, "packets": 6, "errors": 0, "dropped": 0}},
        "addr_info": [ {"family": "inet", "local": "192.168.10.11", "prefixlen": 24, "scope": "global", "dynamic": true, "label": "eth0"},
                       {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "scope": "link"} ]
    },{
        "ifindex": 3,
        "ifname": "flannel.1",
        "flags": [ "BROADCAST","UP" ],
        "mtu": 1450,
        "operstate": "UNKNOWN",
        "linkinfo": {"info_kind": "vxlan", "info_data": {"id": 1, "local": "192.168.10.11", "link": "eth0", "port": 8472, "learning": false}},
        "addr_info": [ ]
    },{
        "ifindex": 5,
        "ifname": "veth1",
        "flags": [ ],
        "mtu": 1450,
        "master": "cni0",
        "operstate": "UP",
        "linkinfo": {"info_kind": "veth", "info_slave_kind": "bridge", "info_slave_data": {"state": "forwarding", "hairpin": false}}
    } ]`;

test('reads interfaces, addresses, tunnels and bridge ports', () => {
  const parsed = parseOutput(ipJson, 'ip -j -d -s addr', LINKS);
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('link')).toMatchObject([
    {
      name: 'eth0',
      index: 2,
      peer: 'if4',
      mac: '52:54:00:b3:7b:01',
      state: 'UP',
      rx: { packets: 5, errors: 1, dropped: 2 },
    },
    {
      name: 'flannel.1',
      kind: 'vxlan',
      vxlan: { id: 1, local: '192.168.10.11', dev: 'eth0', port: 8472, learning: false },
    },
    { name: 'veth1', kind: 'veth', master: 'cni0' },
  ]);
  expect(parsed.records('address')).toEqual([
    { dev: 'eth0', family: 4, ip: '192.168.10.11', prefix: 24, scope: 'global', flags: ['dynamic'] },
    { dev: 'eth0', family: 6, ip: 'fe80::1', prefix: 64, scope: 'link', flags: [] },
  ]);
  expect(parsed.records('bridge-port')).toEqual([
    { dev: 'veth1', master: 'cni0', state: 'forwarding', hairpin: false },
  ]);
  expect(parsed.all.find(({ value }) => (value as { name?: string }).name === 'flannel.1')?.line).toBe(13);
});

test('reads routes, rules and neighbours', () => {
  const routes = `[{"dst":"default","gateway":"192.168.10.1","dev":"eth0","protocol":"dhcp","metric":100,"flags":[]},
{"dst":"10.244.2.0/24","gateway":"10.244.2.0","dev":"flannel.1","flags":["onlink"]},
{"type":"blackhole","dst":"10.244.9.0/26","protocol":"bird","flags":[]},
{"dst":"10.1.0.0/16","nexthops":[{"gateway":"10.0.0.1","dev":"eth0","weight":1,"flags":[]},{"gateway":"10.0.0.2","dev":"eth0","weight":1,"flags":[]}],"flags":[]}]`;
  expect(parseOutput(ipJson, 'ip -j route', routes).records('route')).toEqual([
    {
      family: 4,
      type: 'unicast',
      dst: '0.0.0.0/0',
      table: 'main',
      flags: [],
      via: '192.168.10.1',
      dev: 'eth0',
      proto: 'dhcp',
      metric: 100,
    },
    {
      family: 4,
      type: 'unicast',
      dst: '10.244.2.0/24',
      table: 'main',
      flags: ['onlink'],
      via: '10.244.2.0',
      dev: 'flannel.1',
    },
    { family: 4, type: 'blackhole', dst: '10.244.9.0/26', table: 'main', flags: [], proto: 'bird' },
    {
      family: 4,
      type: 'unicast',
      dst: '10.1.0.0/16',
      table: 'main',
      flags: [],
      nexthops: [
        { via: '10.0.0.1', dev: 'eth0', weight: 1 },
        { via: '10.0.0.2', dev: 'eth0', weight: 1 },
      ],
    },
  ]);
  const rules =
    '[{"priority":0,"src":"all","table":"local"},{"priority":512,"src":"10.0.0.0","srclen":8,"table":"100","iif":"eth1"}]';
  expect(parseOutput(ipJson, 'ip -j rule', rules).records('rule')).toEqual([
    { family: 4, priority: 0, from: 'all', action: 'lookup', table: 'local' },
    { family: 4, priority: 512, from: '10.0.0.0/8', action: 'lookup', table: '100', iif: 'eth1' },
  ]);
  const neighbours =
    '[{"dst":"10.0.0.2","dev":"eth0","lladdr":"52:54:00:51:D7:d0","state":["REACHABLE"]},{"dst":"10.0.0.3","dev":"eth0","state":["FAILED"]}]';
  expect(parseOutput(ipJson, 'ip -j neigh', neighbours).records('neighbour')).toEqual([
    { ip: '10.0.0.2', dev: 'eth0', mac: '52:54:00:51:d7:d0', state: 'REACHABLE' },
    { ip: '10.0.0.3', dev: 'eth0', state: 'FAILED' },
  ]);
});

test('an object that is malformed costs itself', () => {
  const parsed = parseOutput(ipJson, 'ip -j link', '[{"ifname":"a","flags":[]},\n{"mtu":5},\n{"ifname" "b"},\n{}]');
  expect(parsed.records('link')).toHaveLength(1);
  expect(parsed.problems.map(({ line }) => line)).toEqual([2, 3]);
});

test('JSON is not read as text, nor text as JSON', () => {
  expectReads(
    ipJson,
    ['ip_-j_addr', 'ip_-json_-d_link', 'ip_-p_-j_route', 'ip_-6_-j_neigh'],
    ['ip_addr', 'ip_-j_netns'],
  );
  expectReads(ipAddr, ['ip_addr'], ['ip_-j_addr']);
  expectReads(ipRouteGet, ['ip_route_get_10.0.0.1'], ['ip_-j_route_get_10.0.0.1']);
  expect(ipJson.recognises?.(LINKS.split('\n'))).toBe(true);
  expectToSurviveDamage(ipJson, 'ip -j addr', LINKS);
});
