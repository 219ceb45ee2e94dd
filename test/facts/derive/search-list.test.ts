import { expect, test } from 'vitest';
import { searchList } from '../../../src/facts/derive/search-list.js';
import { derived } from './bundle-facts.js';

const RESOLV =
  'search a.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.96.0.10\noptions ndots:5\n';
const answer = (name: string, ip = '10.20.0.80') =>
  `Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\t${name}\nAddress: ${ip}\n`;

test("kubelet's ndots and the nodes' suffixes are told", () => {
  const store = derived(searchList, { 'pods/a/p/cat_.etc.resolv.conf': RESOLV });
  expect(store.cluster('dns.ndots-high')).toBe(true);
  expect(store.cluster('dns.search-foreign')).toEqual(['corp.example']);
  expect(store.cluster('dns.search-count')).toBe(4);
});

test('a resolv.conf without the cluster says nothing of the search list of pods', () => {
  const store = derived(searchList, { 'pods/a/p/cat_.etc.resolv.conf': 'nameserver 1.1.1.1\nsearch corp.example\n' });
  expect(store.cluster('dns.ndots-high')).toBeUndefined();
});

test('an outside name that is answered with a suffix behind it tells of a wildcard record', () => {
  const store = derived(searchList, { 'pods/a/p/nslookup_github.com': answer('github.com.corp.example') });
  expect(store.cluster('dns.suffix-answers-outside')).toEqual(['corp.example']);
});

test('a short name that is found under a suffix is what the suffix is for', () => {
  const store = derived(searchList, { 'pods/a/p/nslookup_db': answer('db.corp.example') });
  expect(store.cluster('dns.suffix-answers-outside')).toBeUndefined();
});

test('outside names of different owners at one address are told, names of one owner are not', () => {
  const both = derived(searchList, {
    'pods/a/p/nslookup_github.com': answer('github.com'),
    'pods/a/p/nslookup_pypi.org': answer('pypi.org'),
  });
  expect(both.cluster('dns.one-address-for-outside')).toBe('10.20.0.80');
  const one = derived(searchList, {
    'pods/a/p/nslookup_a.github.com': answer('a.github.com'),
    'pods/a/p/nslookup_b.github.com': answer('b.github.com'),
  });
  expect(one.cluster('dns.one-address-for-outside')).toBeUndefined();
});
