import { beforeAll, describe, expect, test } from 'vitest';
import { accountedFor, kernelFiles, readFiles, renamed } from './kernel-case.js';

interface Item {
  metadata: { namespace: string };
}

let own: Record<string, string>;
let dump: Record<string, string>;
const POD = 'coredns-565d847f94-8k2vq';
const LOG = '[ERROR] plugin/errors: 2 example.com. A: read udp 10.244.1.2:53000->192.168.10.1:53: i/o timeout\n';

beforeAll(async () => {
  const files = await kernelFiles('bridge-nf-call-disabled/kernel');
  own = renamed(files, (path) => (/^cluster\/(?:nodes|pods|services)\.json$/.test(path) ? path : undefined));
  dump = { 'nodes.json': own['cluster/nodes.json']! };
  for (const resource of ['pods', 'services']) {
    const { items } = JSON.parse(own[`cluster/${resource}.json`]!) as { items: Item[] };
    for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace))) {
      // kubectl cluster-info dump leaves kind and apiVersion of the items out.
      const those = items.filter(({ metadata }) => metadata.namespace === namespace);
      const kind = resource === 'pods' ? 'PodList' : 'ServiceList';
      dump[`${namespace}/${resource}.json`] = JSON.stringify({ kind, apiVersion: 'v1', items: those }, null, 4);
    }
  }
  own[`logs/coredns/${POD}.log`] = LOG;
});

const logOf = (text: string) =>
  `==== START logs for container coredns of pod kube-system/${POD} ====\n${text}==== END logs for container coredns of pod kube-system/${POD} ====\n`;

describe('kubectl cluster-info dump', () => {
  test('into a folder gives the facts of the same objects and logs in podnet’s layout', () => {
    const read = readFiles({
      ...dump,
      'kube-system/replicasets.json': '{}',
      [`kube-system/${POD}/logs.txt`]: logOf(LOG),
    });
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(read.input.problems).toEqual([]);
    expect(read.input.unrecognised.map(({ path }) => path)).toEqual(['kube-system/replicasets.json']);
  });

  test('as one stream of documents and logs gives them as well, with the lines of that file', () => {
    const documents = Object.values(dump).join('\n');
    const stream = `${documents}\n${logOf(LOG)}${logOf('')}`;
    const read = readFiles({ 'dump.txt': stream });
    expect(read.facts).toEqual(readFiles(own).facts);
    expect(accountedFor(read.input)).toBe(true);
    const line = stream.split('\n').indexOf(LOG.trimEnd()) + 1;
    expect(read.sources).toContain(`pod/kube-system/${POD} probe dump.txt:${line}`);
  });

  test('that was cut within a log still gives what stands before', () => {
    const stream = `${Object.values(dump).join('\n')}\n${logOf(LOG).slice(0, -30)}`;
    expect(readFiles({ stdin: stream }).facts).toEqual(readFiles(own).facts);
  });
});
