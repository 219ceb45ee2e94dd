import { expect, test } from 'vitest';
import { ifconfig } from '../../../src/facts/parsers/ifconfig.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const NEW = `
eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 10.0.2.15  netmask 255.255.255.0  broadcast 10.0.2.255
        inet6 fe80::a00:27ff:fe4e:66a1  prefixlen 64  scopeid 0x20<link>
        ether 08:00:27:4E:66:a1  txqueuelen 1000  (Ethernet)
        RX packets 1234  bytes 99999 (97.6 KiB)
        RX errors 1  dropped 2  overruns 0  frame 0
        TX packets 4321  bytes 11111 (10.8 KiB)
        TX errors 0  dropped 3 overruns 0  carrier 0  collisions 0

eth0:1: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 10.0.2.16  netmask 255.255.255.0  broadcast 10.0.2.255

flannel.1: flags=4098<BROADCAST,MULTICAST>  mtu 1450
        inet 10.244.1.0  netmask 255.255.255.255  broadcast 0.0.0.0
`;
const OLD = `
eth0      Link encap:Ethernet  HWaddr 08:00:27:4E:66:A1  
          inet addr:10.0.2.15  Bcast:10.0.2.255  Mask:255.255.255.0
          inet6 addr: fe80::a00:27ff:fe4e:66a1/64 Scope:Link
          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1
          RX packets:1234 errors:1 dropped:2 overruns:0 frame:0
          TX packets:4321 errors:0 dropped:3 overruns:0 carrier:0
          collisions:0 txqueuelen:1000 
          RX bytes:99999 (97.6 KiB)  TX bytes:11111 (10.8 KiB)
`;
const CHINESE = `
eth0      链路封装:以太网  硬件地址 08:00:27:4e:66:a1
          inet 地址:10.0.2.15  广播:10.0.2.255  掩码:255.255.255.0
          UP BROADCAST RUNNING MULTICAST  MTU:1500  跃点数:1
          接收数据包:1234 错误:1 丢弃:2 过载:0 帧数:0
          发送数据包:4321 错误:0 丢弃:3 过载:0 载波:0
`;
const ETH0 = {
  name: 'eth0',
  mtu: 1500,
  mac: '08:00:27:4e:66:a1',
  rx: { packets: 1234, errors: 1, dropped: 2 },
  tx: { packets: 4321, errors: 0, dropped: 3 },
};

test.each([
  ['net-tools 2', NEW],
  ['net-tools 1', OLD],
  ['net-tools 1 in Chinese', CHINESE],
])('%s: reads the interface and its address', (_version, text) => {
  const parsed = parseOutput(ifconfig, 'ifconfig -a', text);
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('link')[0]).toMatchObject(ETH0);
  expect(parsed.records('link')[0]?.flags).toEqual(expect.arrayContaining(['UP', 'LOWER_UP']));
  expect(parsed.records('address')[0]).toEqual({ dev: 'eth0', family: 4, ip: '10.0.2.15', prefix: 24, flags: [] });
});

test('an alias is an address of its interface, and no interface', () => {
  const parsed = parseOutput(ifconfig, 'ifconfig', NEW);
  expect(parsed.records('link').map(({ name }) => name)).toEqual(['eth0', 'flannel.1']);
  expect(parsed.records('address').map(({ dev, ip, prefix }) => `${dev} ${ip}/${prefix}`)).toEqual([
    'eth0 10.0.2.15/24',
    'eth0 fe80::a00:27ff:fe4e:66a1/64',
    'eth0 10.0.2.16/24',
    'flannel.1 10.244.1.0/32',
  ]);
  expect(parsed.records('link')[1]?.flags).toEqual(['BROADCAST', 'MULTICAST']);
});

test('loses a malformed address only', () => {
  const parsed = parseOutput(
    ifconfig,
    'ifconfig',
    NEW.replace('netmask 255.255.255.0  broadcast 10.0.2.255\n        inet6', 'netmask 255.0.255.0\n        inet6'),
  );
  expect(parsed.problems.map(({ line }) => line)).toEqual([2]);
  expect(parsed.records('address')).toHaveLength(3);
});

test('is told by its command or its headings, and survives damage', () => {
  expectReads(ifconfig, ['ifconfig', 'ifconfig_-a', 'ifconfig_eth0'], ['ifconfig_-s', 'ip_addr']);
  expect(ifconfig.recognises?.(OLD.split('\n'))).toBe(true);
  expect(ifconfig.recognises?.(['2: eth0: <BROADCAST,UP> mtu 1500'])).toBe(false);
  expectToSurviveDamage(ifconfig, 'ifconfig', NEW);
  expectToSurviveDamage(ifconfig, 'ifconfig', OLD);
});
