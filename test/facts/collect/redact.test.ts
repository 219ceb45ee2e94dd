import { describe, expect, test } from 'vitest';
import { readCapture } from '../../../src/facts/captures/capture-reader.js';
import { redactFiles } from '../../../src/facts/collect/redact.js';
import { AddressMask } from '../../../src/facts/collect/redact-addresses.js';
import { NameMask } from '../../../src/facts/collect/redact-names.js';
import { type Masks, maskText } from '../../../src/facts/collect/redact-text.js';

const KEY = Buffer.from('a key for these tests');
const masks = (): Masks => ({ addresses: new AddressMask(KEY), names: new NameMask(KEY) });

/** Numbers from a fixed seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

const bitsOf = (ip: string): string =>
  ip
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');

function shared(a: string, b: string): number {
  const [x, y] = [bitsOf(a), bitsOf(b)];
  let i = 0;
  while (i < 32 && x[i] === y[i]) i += 1;
  return i;
}

describe('masked addresses', () => {
  test('share as many leading bits as the originals', () => {
    const { addresses } = masks();
    const next = random(7);
    const octet = () => Math.floor(next() * 256);
    for (let i = 0; i < 2000; i += 1) {
      const a = `10.${octet()}.${octet()}.${octet()}`;
      const parts = a.split('.');
      const from = 1 + Math.floor(next() * 3);
      const b = parts.map((part, at) => (at < from ? part : String(octet()))).join('.');
      // Docker's and VirtualBox's own networks stay what they are.
      if (/^10\.0\.2\./.test(a) || /^10\.0\.2\./.test(b)) continue;
      expect(shared(addresses.ipv4(a), addresses.ipv4(b)), `${a} ${b}`).toBe(shared(a, b));
    }
  });

  test('are never what they were, and private where they were', () => {
    const { addresses } = masks();
    for (const [ip, stays] of [
      ['10.244.1.5', /^10\./],
      ['192.168.10.11', /^192\.168\./],
      ['172.18.0.2', /^172\.(?:1[6-9]|2\d|3[01])\./],
      ['100.64.3.4', /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./],
      ['8.8.8.8', /^(?!10\.|127\.|0\.)/],
    ] as const) {
      expect(addresses.ipv4(ip)).not.toBe(ip);
      expect(addresses.ipv4(ip)).toMatch(stays);
    }
  });

  test.each([
    '0.0.0.0',
    '127.0.0.1',
    '127.0.0.53',
    '169.254.169.254',
    '169.254.1.1',
    '224.0.0.18',
    '255.255.255.0',
    '255.255.255.255',
    '10.0.2.15',
  ])('%s stays', (ip) => {
    expect(masks().addresses.ipv4(ip)).toBe(ip);
  });

  test.each(['::1', '::', 'ff02::1', 'fe80::1'])('%s stays', (ip) => {
    expect(masks().addresses.ipv6(ip)).toBe(ip);
  });

  test('keep networks networks', () => {
    const own = masks();
    const [network] = maskText('10.244.0.0/16', own).split('/');
    expect(network).toMatch(/^10\.\d+\.0\.0$/);
    const pod = own.addresses.ipv4('10.244.3.7');
    expect(shared(network!, pod)).toBeGreaterThanOrEqual(16);
    expect(maskText('fd00:10:244::/64', own)).toMatch(/^fd[0-9a-f:]+::\/64$/);
  });

  test('keep a network of route -n one', () => {
    const line = '10.96.0.0       10.244.1.1      255.240.0.0     UG    0      0        0 cni0';
    expect(maskText(line, masks())).toMatch(/^10\.\d+\.0\.0 .* 255\.240\.0\.0 /);
  });

  test('are the same with the same key, and others with another', () => {
    expect(new AddressMask(KEY).ipv4('10.1.2.3')).toBe(new AddressMask(KEY).ipv4('10.1.2.3'));
    expect(new AddressMask(Buffer.from('another')).ipv4('10.1.2.3')).not.toBe(new AddressMask(KEY).ipv4('10.1.2.3'));
  });

  test('stand in reverse names, dashes and IPv6 as well', () => {
    const own = masks();
    const [a, b, c, d] = own.addresses.ipv4('10.1.2.3').split('.');
    expect(maskText('3.2.1.10.in-addr.arpa.', own)).toBe(`${d}.${c}.${b}.${a}.in-addr.arpa.`);
    expect(maskText('10-1-2-3.web.shop.svc.cluster.local', own)).toContain(`${a}-${b}-${c}-${d}.`);
    expect(maskText('[::ffff:10.1.2.3]:80', own)).not.toContain('10.1.2.3');
  });

  test('leave versions, times and MACs of groups alone', () => {
    const text = 'v1.28.4 5.15.0-91 12:34:56 2024-05-01T12:34:56.789Z 01:00:5e:00:00:01 ff:ff:ff:ff:ff:ff 1.2.3';
    expect(maskText(text, masks())).toBe(text);
  });

  test('take the address out of a link-local one with its MAC', () => {
    const own = masks();
    const mac = own.addresses.mac('52:54:00:12:34:56').split(':');
    const masked = own.addresses.ipv6('fe80::5054:ff:fe12:3456');
    expect(masked.endsWith(`${Number.parseInt(mac[4]! + mac[5]!, 16).toString(16)}`)).toBe(true);
  });
});

test('a text of one endless word is masked all the same', () => {
  const own = masks();
  own.names.learn('pay-1', 'node');
  for (const part of ['1.', 'a.', 'a-', 'a:', '1-', 'a/', ':', 'a@']) {
    expect(maskText(`${part.repeat(50_000)} pay-1`, own).endsWith(own.names.mask('pay-1'))).toBe(true);
  }
});

describe('masked names', () => {
  const learnt = (): Masks => {
    const own = masks();
    own.names.learn('worker-7.corp.example.com', 'node');
    own.names.learn('shop', 'namespace');
    own.names.learn('payments', 'service');
    own.names.learn('api', 'service');
    own.names.learn('payments-6f7c9d5b8-4xkqp', 'pod');
    own.names.learn('etcd-worker-7', 'pod');
    return own;
  };

  test('become a word and a number', () => {
    expect(learnt().names.mask('shop')).toMatch(/^ns-\d+$/);
    expect(learnt().names.mask('payments')).toMatch(/^svc-\d+$/);
    expect(learnt().names.mask('worker-7')).toMatch(/^node-\d+$/);
  });

  test('of pods keep their form', () => {
    expect(learnt().names.mask('payments-6f7c9d5b8-4xkqp')).toMatch(/^pod-\d+-[0-9a-f]{9}-[b-z2-9]{5}$/);
    expect(learnt().names.mask('etcd-worker-7')).toMatch(/^etcd-node-\d+$/);
  });

  test('of the system stay', () => {
    for (const name of [
      'kube-system',
      'coredns',
      'kube-proxy',
      'kube-flannel',
      'default',
      'cni0',
      'eth0',
      'flannel.1',
    ]) {
      const own = learnt();
      own.names.learn('eth0', 'pod');
      expect(maskText(name, own)).toBe(name);
    }
  });

  test('that are common words are masked where they can be nothing else', () => {
    const own = learnt();
    const masked = own.names.mask('api');
    expect(maskText('GET /api failed', own)).toBe('GET /api failed');
    expect(maskText('api.shop.svc.cluster.local', own)).toBe(`${masked}.${own.names.mask('shop')}.svc.cluster.local`);
    expect(maskText('"shop/api:http cluster IP"', own)).toBe(`"${own.names.mask('shop')}/${masked}:http cluster IP"`);
  });

  test('of domains have as many parts as before', () => {
    expect(maskText('worker-7.corp.example.com', learnt())).toMatch(/^node-\d+\.domain-\d+\.domain-\d+\.com$/);
  });
});

/** A pcap with one Ethernet frame. */
function pcapOf(frame: Buffer): Buffer {
  const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
  const record = Buffer.alloc(16);
  record.writeUInt32LE(1_700_000_000, 0);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, record, frame]);
}

describe('masked captures', () => {
  // A SYN from 10.244.1.5:40000 to 10.244.2.7:80 with right checksums.
  const ip = '4500002800004000400621dd0af401050af40207';
  const tcp = '9c40005000000001000000005002fffffa5d0000';
  const frame = Buffer.from(`0242ac1100020242ac1100030800${ip}${tcp}`, 'hex');

  test('hold right checksums where they were right, and wrong ones where they were wrong', () => {
    for (const isWrong of [false, true]) {
      const packet = Buffer.from(frame);
      const before = readCapture(pcapOf(packet)).interfaces[0]!.summary;
      if (isWrong) packet[24] = packet[24]! ^ 1;
      const [file] = redactFiles([{ path: 'captures/n1/eth0.pcap', content: pcapOf(packet) }], KEY);
      const after = readCapture(file!.content as Uint8Array).interfaces[0]!.summary;
      expect(after.badIpChecksums.count).toBe(before.badIpChecksums.count + (isWrong ? 1 : 0));
      expect(after.badTransportChecksums.count).toBe(before.badTransportChecksums.count);
    }
  });

  test('have the addresses of the texts beside them, and no payload', () => {
    const payload = Buffer.from('a secret payload');
    const [pcap, text] = redactFiles(
      [
        { path: 'captures/n1/eth0.pcap', content: pcapOf(Buffer.concat([frame, payload])) },
        { path: 'nodes/n1/ip_route_get_10.244.2.7', content: '10.244.2.7 dev flannel.1 src 10.244.1.5\n' },
      ],
      KEY,
    );
    const { client, server } = readCapture(pcap!.content as Uint8Array).interfaces[0]!.summary.conversations[0]!;
    expect(text!.content).toBe(`${server.ip} dev flannel.1 src ${client.ip}\n`);
    expect(Buffer.from(pcap!.content as Uint8Array).includes(payload)).toBe(false);
    expect(pcap!.path).toMatch(/^captures\/node-\d+\/eth0\.pcap$/);
  });

  test.each([7, 8, 9])('never throw for damaged ones (seed %d)', (seed) => {
    const next = random(seed);
    for (let i = 0; i < 300; i += 1) {
      const bytes = pcapOf(Buffer.concat([frame, Buffer.alloc(40, 7)])).subarray(0, 24 + Math.floor(next() * 120));
      for (let n = 0; n < 4; n += 1) bytes[24 + Math.floor(next() * (bytes.length - 24))] = Math.floor(next() * 256);
      expect(() => redactFiles([{ path: 'captures/n1/eth0.pcap', content: Buffer.from(bytes) }], KEY)).not.toThrow();
    }
  });

  test('that are not text and no capture are left out with the reason', () => {
    const [file] = redactFiles(
      [{ path: 'nodes/n1/blob', content: Buffer.from([0, 1, 2, 0, 0, 255, 254, 0, 3, 0]) }],
      KEY,
    );
    expect(String(file!.content)).toMatch(/^podnet: left out: /);
  });
});
