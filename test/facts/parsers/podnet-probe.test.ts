import { describe, expect, it } from 'vitest';
import { podnetProbe } from '../../../src/facts/parsers/podnet-probe.js';
import { readFile, survivesDamage } from './read-file.js';

const HEADER =
  '{"podnetProbe":1,"source":{"kind":"pod","node":"n2","namespace":"default","name":"web"},"planned":9,"groups":[{"what":"pods","meant":40,"chosen":8},{"what":"Services","meant":3,"chosen":3}]}';
const PING =
  '{"probe":{"to":{"ip":"10.244.1.2"},"proto":"icmp","state":"ok","origin":"tool","size":84,"family":4,"sent":3,"received":3,"rttMs":0.5}}';
const SLOW =
  '{"probe":{"to":{"ip":"10.96.0.1","port":443},"proto":"tcp","state":"slow","origin":"tool","family":4,"stage":"connect","rttMs":1034.2}}';
const LOOKUP =
  '{"probe":{"to":{"kind":"dns","name":"www.example.com"},"proto":"dns","state":"failing","origin":"tool","server":"10.96.0.10","status":"SERVFAIL","rttMs":3,"error":"servfail"}}';
const UNKNOWN = '{"unknown":"ping is not installed","of":{"proto":"icmp","ip":"10.244.1.9"}}';
const END = '{"end":{"made":9,"ms":4012,"starved":false,"maxLagMs":12,"meanLagMs":0}}';
const STARVED = END.replace('false', 'true');

const read = (...lines: string[]) =>
  readFile(podnetProbe, 'podnet probe', lines.join('\n'), { subject: 'pod/default/web' });

describe('podnet probe', () => {
  it('reads attempts as they were told', () => {
    const probes = read(HEADER, PING, SLOW, LOOKUP, END).of('probe');
    expect(probes).toEqual([PING, SLOW, LOOKUP].map((line) => JSON.parse(line).probe));
  });

  it('names the line of each attempt and the pod that it was made in', () => {
    const [ping] = read(HEADER, PING, END).records;
    expect(ping).toMatchObject({ line: 2, subject: 'pod/default/web' });
  });

  it('says of which node the prober was not held up', () => {
    expect(read(HEADER, END).facts).toMatchObject([{ name: 'prober.starved', value: false, subject: 'node/n2' }]);
  });

  it('takes the times of a prober that was held up for its own', () => {
    const starved = read(HEADER, PING, SLOW, STARVED);
    expect(starved.value('prober.starved')).toBe(true);
    for (const probe of starved.of('probe')) {
      expect(probe.state).toBe('ok');
      expect(probe.rttMs).toBeUndefined();
    }
  });

  it('tells what was not tried, with the reason', () => {
    expect(read(HEADER, UNKNOWN, END).unknowns.map(({ reason }) => reason)).toEqual([
      '32 of 40 pods were not tried: a sample was taken',
      'icmp 10.244.1.9: ping is not installed',
    ]);
  });

  it('keeps what was done before the prober was cut short, and says why it was', () => {
    const cut = read(HEADER, PING, '{"cut":"the collection was interrupted"}');
    expect(cut.of('probe')).toHaveLength(1);
    expect(cut.value('prober.starved')).toBeUndefined();
    expect(cut.unknowns).toContainEqual({
      name: 'probe.outcome',
      reason: 'the prober was cut short: the collection was interrupted',
    });
    expect(cut.unknowns).toContainEqual({ name: 'prober.starved', reason: 'the collection was interrupted' });
  });

  it('says that the pod went away where it did', () => {
    const gone = read(HEADER, PING, END.replace('"made"', '"gone":"the pod went away","made"'));
    expect(gone.unknowns).toContainEqual({
      name: 'probe.outcome',
      reason: 'the prober was cut short: the pod went away',
    });
  });

  it('loses no more than the line that is malformed', () => {
    const damaged = read(HEADER, PING.slice(0, 40), SLOW, '{"probe":{"to":{"ip":"x"}}}', '[]', END);
    expect(damaged.problems.map(({ line }) => line)).toEqual([2, 4, 5]);
    expect(damaged.of('probe')).toHaveLength(1);
  });

  it('takes no word for an outcome that the model does not have', () => {
    const odd = read(HEADER, SLOW.replace('"slow"', '"fine"'), LOOKUP.replace('"servfail"}', '"odd"}'), END);
    expect(odd.of('probe')).toEqual([]);
    expect(odd.problems).toHaveLength(2);
  });

  it('is known by its first line', () => {
    expect(podnetProbe.recognises?.([HEADER])).toBe(true);
    expect(podnetProbe.recognises?.([PING])).toBe(false);
  });

  it('survives damage and invents no address', () => {
    survivesDamage(podnetProbe, 'podnet probe', [HEADER, PING, SLOW, LOOKUP, UNKNOWN, END].join('\n'));
  });
});
