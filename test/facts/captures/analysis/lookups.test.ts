import { expect, test } from 'vitest';
import { Lookups } from '../../../../src/facts/captures/analysis/lookups.js';
import { Packet } from '../../../../src/facts/captures/packet.js';
import { fillPacket, lookupOf, type MadePacket, query, response, summaryOf } from '../conversation-packets.js';

const [client, server] = ['10.244.1.2:40000', '10.96.0.10:53'];
const asked = (at: number, more = {}) => query(client, server, { at, ...more });
const told = (at: number, more = {}) => response(client, server, { at, ...more });

test('a question with its answer is one lookup', () => {
  expect(lookupOf([asked(1), told(1.25)])).toEqual({
    client: { ip: '10.244.1.2', port: 40000 },
    server: { ip: '10.96.0.10', port: 53 },
    name: 'web.default.svc',
    type: 'A',
    id: 7,
    queries: 1,
    responses: 1,
    rcode: 0,
    answers: 1,
    answeredAfter: 0.25,
    firstAt: 1,
    inTunnel: false,
    packets: [1, 2],
  });
});

test('a question that is answered only when it is asked again counts from the first', () => {
  expect(lookupOf([asked(1), asked(6), told(6.01)])).toMatchObject({ queries: 2, responses: 1 });
  expect(lookupOf([asked(1), asked(6), told(6.01)]).answeredAfter).toBeCloseTo(5.01, 6);
});

test('a second answer does not change the first', () => {
  const found = lookupOf([asked(1), told(1.1, { rcode: 3, answers: 0 }), told(1.2)]);
  expect(found).toMatchObject({ responses: 2, rcode: 3, answers: 0 });
  expect(found.answeredAfter).toBeCloseTo(0.1, 6);
});

test.each([2, 3, 5])('error code %d is kept', (rcode) => {
  expect(lookupOf([asked(1), told(1.1, { rcode, answers: 0 })]).rcode).toBe(rcode);
});

test('A and AAAA asked from one port are two lookups', () => {
  const { lookups } = summaryOf([asked(1, { id: 1 }), asked(1.001, { id: 2, type: 'AAAA' }), told(1.1, { id: 1 })]);
  expect(lookups.map(({ type, responses }) => [type, responses])).toEqual([
    ['A', 1],
    ['AAAA', 0],
  ]);
});

test('an identifier that is used again for another name makes another lookup', () => {
  const { lookups } = summaryOf([asked(1, { name: 'a.' }), asked(2, { name: 'b.' }), told(2.1, { name: 'b.' })]);
  expect(lookups.map(({ name, responses }) => [name, responses])).toEqual([
    ['a.', 0],
    ['b.', 1],
  ]);
});

test('an identifier that is used again after a minute makes another lookup', () => {
  const { lookups } = summaryOf([asked(1), told(1.1), asked(100)]);
  expect(lookups.map(({ queries, responses }) => [queries, responses])).toEqual([
    [1, 1],
    [1, 0],
  ]);
});

test('an answer without its question is of the lookup with its identifier', () => {
  expect(lookupOf([asked(1), told(1.1, { name: '', type: '' })]).responses).toBe(1);
});

test('an answer whose question was not captured has no duration', () => {
  const found = lookupOf([told(1)]);
  expect(found).toMatchObject({ queries: 0, responses: 1, rcode: 0 });
  expect(found.answeredAfter).toBeUndefined();
});

test('without times nothing is told of how long it took', () => {
  expect(lookupOf([asked(Number.NaN), told(Number.NaN)])).not.toHaveProperty('answeredAfter');
});

function lookupsOf(packets: Iterable<MadePacket>, most: number): Lookups {
  const lookups = new Lookups(most);
  const packet = new Packet();
  let number = 0;
  for (const one of packets) {
    number += 1;
    fillPacket(packet, one, number);
    lookups.take(packet, packet.layers[0]!, false);
  }
  return lookups;
}

test('where there are too many, those that were answered at once go, and are counted', () => {
  const good = Array.from({ length: 30 }, (_, i) => [asked(i, { id: i }), told(i + 0.01, { id: i })]).flat();
  const lookups = lookupsOf([asked(0, { id: 999 }), ...good], 20);
  expect(lookups.letGo).toBeGreaterThan(0);
  expect(lookups.shown()[0]).toMatchObject({ id: 999, responses: 0 });
  expect(lookups.shown().length + lookups.letGo).toBe(31);
});

test('where nothing can go, new lookups are counted and not kept', () => {
  const lookups = lookupsOf(
    Array.from({ length: 50 }, (_, i) => asked(i, { id: i })),
    20,
  );
  expect([lookups.shown().length, lookups.letGo]).toEqual([20, 30]);
});
