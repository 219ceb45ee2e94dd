import { describe, expect, it } from 'vitest';
import {
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
} from '../../../../src/facts/captures/packet.js';
import { layerOf, packetsOf } from './text-packets.js';

const at = '01:32:41.173238 IP 10.244.3.2.54384 > 10.244.2.2.8080: ';

describe('TCP', () => {
  it('has flags, numbers, window, MSS and length', () => {
    expect(
      layerOf(
        `${at}Flags [S], seq 3682368918, win 64860, options [mss 1410,sackOK,TS val 679503542 ecr 0,nop,wscale 10], length 0`,
      ),
    ).toEqual({
      kind: 'tcp',
      src: '10.244.3.2',
      dst: '10.244.2.2',
      protocol: 6,
      sport: 54384,
      dport: 8080,
      flags: TCP_SYN,
      seq: 3682368918,
      window: 64860,
      mss: 1410,
      payload: 0,
    });
  });

  it('has its flags as bits', () => {
    const flags = (text: string) => layerOf(`${at}Flags [${text}], win 1, length 0`).flags ?? 0;
    expect(flags('S.')).toBe(TCP_SYN | TCP_ACK);
    expect(flags('FP.')).toBe(TCP_FIN | TCP_PSH | TCP_ACK);
    expect(flags('R')).toBe(TCP_RST);
    expect(flags('SEW')).toBe(TCP_SYN | TCP_ECE | TCP_CWR);
    expect(flags('F.U')).toBe(TCP_FIN | TCP_ACK | TCP_URG);
    expect(flags('none')).toBe(0);
  });

  it('takes nothing from its payload', () => {
    expect(
      layerOf(
        `${at}Flags [P.], seq 1:83, ack 1, win 64, length 82: HTTP: GET /?, seq 9, ack 9, win 9, length 9 HTTP/1.1`,
      ),
    ).toMatchObject({ seq: 1, ack: 1, window: 64, payload: 82 });
  });

  it('has its length alone with -q', () => {
    const layer = layerOf(`${at}tcp 82`);
    expect(layer).toMatchObject({ kind: 'tcp', payload: 82 });
    expect(layer.flags).toBeUndefined();
  });

  it('has its ports alone where it was cut', () => {
    expect(layerOf(`${at} [|tcp]`)).toMatchObject({ kind: 'other', protocol: 6, sport: 54384, dport: 8080 });
  });

  it('is read as version 3 and OpenBSD print it', () => {
    const text = `10:00:00.1 10.0.0.1.4000 > 10.0.0.2.80: S 1980110231:1980110231(0) win 5840 <mss 1460,sackOK,timestamp 1 0> (DF)
10:00:00.2 10.0.0.2.80 > 10.0.0.1.4000: S 5:5(0) ack 1980110232 win 5792 <mss 1410> (DF) (ttl 63, id 7, len 60)
10:00:00.3 10.0.0.1.4000 > 10.0.0.2.80: . ack 1 win 5840 (DF)
10:00:00.4 IP 10.0.0.1.4000 > 10.0.0.2.http: P 1:83(82) ack 1 win 64 <nop,nop,timestamp 1 2>
10:00:00.5 IP 10.0.0.2.80 > 10.0.0.1.4000: R 0:0(0) ack 83 win 0`;
    expect(packetsOf(text).map(({ layers }) => layers[0])).toMatchObject([
      { kind: 'tcp', flags: TCP_SYN, seq: 1980110231, window: 5840, mss: 1460, payload: 0, dontFragment: true },
      { flags: TCP_SYN | TCP_ACK, ack: 1980110232, mss: 1410, ttl: 63, id: 7, length: 60 },
      { flags: TCP_ACK, ack: 1, window: 5840, payload: 0 },
      { flags: TCP_PSH | TCP_ACK, dport: 80, payload: 82 },
      { flags: TCP_RST | TCP_ACK, seq: 0, ack: 83 },
    ]);
  });
});

describe('ends', () => {
  const ends = (text: string) => {
    const { src, sport, dst, dport } = layerOf(`01:00:00.1 ${text}: Flags [S], seq 1, win 1, length 0`);
    return [src, sport, dst, dport];
  };

  it('may have names', () => {
    expect(ends('IP web-0.web.example.com.40000 > _gateway.https')).toEqual([
      'web-0.web.example.com',
      40000,
      '_gateway',
      443,
    ]);
  });

  it('have no port where its name is not known', () => {
    expect(ends('IP 10.0.0.1.kerberos > node-1.afs3-fileserver')).toEqual(['10.0.0.1', undefined, 'node-1', undefined]);
  });

  it('have canonical IPv6 addresses', () => {
    expect(ends('IP6 FD00:0:0::1.40000 > fe80::0001:2.domain')).toEqual(['fd00::1', 40000, 'fe80::1:2', 53]);
    expect(ends('IP6 ::ffff:10.0.0.1.40000 > ::1.80')).toEqual(['::ffff:10.0.0.1', 40000, '::1', 80]);
  });
});
