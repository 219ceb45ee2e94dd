import { describe, expect, it } from 'vitest';
import { ipAddr } from '../../../src/facts/parsers/ip-addr.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const NODE = `
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host 
       valid_lft forever preferred_lft forever
2: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc mq state UP group default qlen 1000
    link/ether 02:7f:B1:aa:30:59 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    altname enp0s3
    inet 10.116.10.4/22 metric 100 brd 10.116.11.255 scope global dynamic noprefixroute eth0
       valid_lft 3412sec preferred_lft 3412sec
    inet 10.116.10.5/22 brd 10.116.11.255 scope global secondary eth0:1
       valid_lft forever preferred_lft forever
    inet6 fe80::7f:b1ff:feaa:3059/64 scope link tentative dadfailed
       valid_lft forever preferred_lft forever
5: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 8981 qdisc noqueue state UNKNOWN group default
    link/ipip 0.0.0.0 brd 0.0.0.0
    inet 100.111.85.73/32 scope global tunl0
6: wg0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN group default
    link/none 
    inet 10.9.0.1 peer 10.9.0.2/32 scope global wg0
`;

describe('ip addr', () => {
  it('reads addresses with their interface, scope and flags', () => {
    const parsed = parseOutput(ipAddr, 'ip addr', NODE);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('address').slice(2)).toEqual([
      { dev: 'eth0', family: 4, ip: '10.116.10.4', prefix: 22, scope: 'global', flags: ['dynamic', 'noprefixroute'] },
      { dev: 'eth0', family: 4, ip: '10.116.10.5', prefix: 22, scope: 'global', flags: ['secondary'] },
      {
        dev: 'eth0',
        family: 6,
        ip: 'fe80::7f:b1ff:feaa:3059',
        prefix: 64,
        scope: 'link',
        flags: ['tentative', 'dadfailed'],
      },
      { dev: 'tunl0', family: 4, ip: '100.111.85.73', prefix: 32, scope: 'global', flags: [] },
      { dev: 'wg0', family: 4, ip: '10.9.0.1', prefix: 32, scope: 'global', flags: [] },
    ]);
  });

  it('reads the interface that heads them', () => {
    const links = parseOutput(ipAddr, 'ip addr', NODE).records('link');
    expect(links).toHaveLength(4);
    expect(links[1]).toEqual({
      name: 'eth0',
      index: 2,
      peer: 'if4',
      flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
      mtu: 9001,
      state: 'UP',
      mac: '02:7f:b1:aa:30:59',
    });
    expect(links[2]).toMatchObject({ name: 'tunl0', peer: 'NONE' });
    expect(links[2]).not.toHaveProperty('mac');
  });

  it('reads an interface without a state, as old iproute2 and BusyBox print it', () => {
    const parsed = parseOutput(
      ipAddr,
      'ip a',
      `
3: eth0@if25: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1450 qdisc noqueue 
    link/ether 0a:58:0a:f4:01:17 brd ff:ff:ff:ff:ff:ff
    inet 10.244.1.23/24 scope global eth0
       valid_lft forever preferred_lft forever`,
    );
    expect(parsed.records('link')[0]).not.toHaveProperty('state');
    expect(parsed.records('address')).toHaveLength(1);
  });

  it('reads one line per address (-o) and the brief form (-br)', () => {
    const oneLine = parseOutput(
      ipAddr,
      'ip -o addr',
      '2: eth0    inet 192.168.10.11/24 brd 192.168.10.255 scope global eth0\\       valid_lft forever preferred_lft forever',
    );
    expect(oneLine.problems).toEqual([]);
    expect(oneLine.records('address')[0]).toMatchObject({ dev: 'eth0', ip: '192.168.10.11', prefix: 24 });
    const brief = parseOutput(
      ipAddr,
      'ip -br addr',
      'eth0@if4         UP             192.168.10.11/24 fe80::5054:ff:feb3:7b4e/64 \nkube-ipvs0       DOWN           10.96.0.1/32 ',
    );
    expect(brief.records('link')).toEqual([
      { name: 'eth0', peer: 'if4', flags: [], state: 'UP' },
      { name: 'kube-ipvs0', flags: [], state: 'DOWN' },
    ]);
    expect(brief.records('address').map(({ dev, ip, prefix }) => `${dev} ${ip}/${prefix}`)).toEqual([
      'eth0 192.168.10.11/24',
      'eth0 fe80::5054:ff:feb3:7b4e/64',
      'kube-ipvs0 10.96.0.1/32',
    ]);
  });

  it('loses only the malformed line, and takes the interface from the label where its header is lost', () => {
    const parsed = parseOutput(
      ipAddr,
      'ip addr',
      `
2: eth0: BROADCAST,MULTICAST,UP mtu
    inet 10.0.0.4/24 brd 10.0.0.255 scope global eth0
    inet 10.0.0.400/24 brd 10.0.0.255 scope global eth0
    inet 10.0.0.5/44 scope global eth0
3: eth1: <UP> mtu 1500 state UP`,
    );
    expect(parsed.problems.map(({ line }) => line)).toEqual([1, 3, 4]);
    expect(parsed.records('address')).toHaveLength(1);
    expect(parsed.records('link').map(({ name }) => name)).toEqual(['eth1']);
  });

  it('reports an error message once and thousands of lines of something else in few words', () => {
    expect(parseOutput(ipAddr, 'ip addr show eth9', 'Device "eth9" does not exist.').problems).toHaveLength(1);
    const flood = parseOutput(ipAddr, 'ip addr', Array.from({ length: 5000 }, () => 'garbage').join('\n'));
    expect(flood.problems).toHaveLength(21);
    expect(flood.problems[20]?.message).toBe('4980 more malformed lines up to here');
  });

  it('is told by its command or its content', () => {
    expectReads(
      ipAddr,
      ['ip_addr', 'ip_a', 'ip_-4_addr', 'ip_-o_addr', 'ip_addr_show_kube-ipvs0', 'ip_a_s_eth0', 'ip_-d_address'],
      [
        'ip_link',
        'ip_addr_add_10.0.0.1',
        'ip_-j_addr',
        'ip_netns_exec_x_ip_addr',
        'ip_-n_blue_addr',
        'ip_addrlabel',
        'ip',
      ],
    );
    expect(ipAddr.recognises?.(NODE.trim().split('\n').slice(0, 5))).toBe(true);
    expect(ipAddr.recognises?.(['eth0: flags=4163<UP> mtu 1500', 'inet 10.0.0.1'])).toBe(false);
  });

  it('survives damage', () => expectToSurviveDamage(ipAddr, 'ip addr', NODE));
});
