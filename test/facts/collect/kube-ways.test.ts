import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { BundleWriter } from '../../../src/facts/collect/bundle-writer.js';
import { collectKube } from '../../../src/facts/collect/kube.js';
import { withoutRequests } from '../../../src/facts/collect/kube-logs.js';
import {
  CNI_RESOURCES,
  CONFIG_MAPS,
  CORE_RESOURCES,
  loggedComponent,
} from '../../../src/facts/collect/kube-resources.js';
import { CommandRunner } from '../../../src/facts/collect/runner.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';
import { FakeApi } from './fake-cluster.js';

type Json = Record<string, unknown>;

const list = (apiVersion: string, kind: string, ...items: Json[]) => ({ apiVersion, kind, items });
const served = (groupVersion: string, ...names: string[]): Json => ({
  groupVersion,
  resources: names.map((name) => ({ name })),
});
const groups = ['gateway.networking.k8s.io/v1', 'k8s.ovn.org/v1'].map((groupVersion) => ({
  name: groupVersion.split('/')[0],
  preferredVersion: { groupVersion },
}));

/** A cluster's ways in and out, a webhook, and pods of the network. */
const WAYS = {
  lists: {
    '/apis/networking.k8s.io/v1/ingresses': list('networking.k8s.io/v1', 'Ingress', {
      metadata: { namespace: 'shop', name: 'web' },
      spec: { ingressClassName: 'nginx', rules: [{ host: 'shop.example.com' }] },
    }),
    '/apis/networking.k8s.io/v1/ingressclasses': list('networking.k8s.io/v1', 'IngressClass', {
      metadata: { name: 'traefik', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    }),
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations': list(
      ...(['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'] as const),
      {
        metadata: { name: 'policy' },
        webhooks: [
          { name: 'p.example.com', clientConfig: { service: { namespace: 'policy', name: 'hook' }, caBundle: 'LS0=' } },
        ],
      },
    ),
    '/apis/gateway.networking.k8s.io/v1/gateways': list('gateway.networking.k8s.io/v1', 'Gateway', {
      metadata: { namespace: 'shop', name: 'gw' },
      spec: { gatewayClassName: 'x' },
      status: { conditions: [{ type: 'Programmed', status: 'False', reason: 'AddressNotAssigned' }] },
    }),
    '/apis/k8s.ovn.org/v1/egressips': list('k8s.ovn.org/v1', 'EgressIP', {
      metadata: { name: 'out' },
      spec: { egressIPs: ['192.0.2.9'] },
    }),
    '/api/v1/pods': list('v1', 'Pod', {
      metadata: { namespace: 'kube-system', name: 'aws-node-x2vkq' },
      spec: {
        nodeName: 'n1',
        containers: [
          {
            name: 'aws-node',
            env: [
              { name: 'AWS_VPC_K8S_CNI_EXTERNALSNAT', value: 'true' },
              { name: 'HTTPS_PROXY', value: 'http://u:word@proxy:3128' },
              { name: 'OTHER', value: 'word' },
            ],
          },
        ],
      },
    }),
  },
  answers: {
    '/version': { gitVersion: 'v1.28.4' },
    '/apis': { groups },
    '/apis/gateway.networking.k8s.io/v1': served('gateway.networking.k8s.io/v1', 'gateways'),
    '/apis/k8s.ovn.org/v1': served('k8s.ovn.org/v1', 'egressips'),
  },
};

test('ways in and out of the cluster and webhooks are collected, and all of it is read', async () => {
  const api = await FakeApi.start(WAYS);
  const scratch = mkdtempSync(join(tmpdir(), 'podnet-ways-'));
  const runner = new CommandRunner({ path: api.folder });
  try {
    const folder = join(scratch, 'bundle');
    const writer = BundleWriter.create(folder);
    await collectKube(runner, writer);
    await writer.finish();
    const { store, input } = readFacts(await readBundles([{ path: folder }]), { logPatterns: [], cnis: CNIS });
    const missing =
      /^cluster\/(?:nodes|namespaces|services|endpoints|endpointslices|networkpolicies|daemonsets|deployments|events|mutating\w+|configmaps)\.json$/;
    expect(input.unrecognised.filter(({ path }) => !missing.test(path))).toEqual([]);
    const [pod] = store.all('pod-object');
    expect(pod?.value.containers?.[0]?.env).toEqual({
      AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true',
      HTTPS_PROXY: 'http://removed@proxy:3128',
    });
    expect(store.all('ingressclass-object').map(({ value }) => value.isDefault)).toEqual([true]);
    for (const name of ['ingress-object', 'webhook-object', 'egress-object'] as const)
      expect(store.all(name), name).not.toEqual([]);
    expect(readFileSync(join(folder, 'cluster/pods.json'), 'utf8')).not.toContain('word');
  } finally {
    await runner.close();
    await api.stop();
    rmSync(scratch, { recursive: true });
  }
});

test('of an ingress controller no request is kept that was answered, and no query', () => {
  const error =
    '2024/05/02 10:00:00 [error] 31#31: *5 connect() failed (111: Connection refused) while connecting to upstream';
  const log = [
    '10.0.0.9 - - [02/May/2024:10:00:00 +0000] "GET /a?session=1 HTTP/1.1" 200 612 "-" "curl"',
    '10.0.0.9 - - [02/May/2024:10:00:01 +0000] "GET /a?session=2 HTTP/1.1" 502 157 "-" "curl"',
    `${error}, request: "GET /b?session=3 HTTP/1.1"`,
  ].join('\n');
  expect(withoutRequests(log).split('\n')).toEqual([
    '10.0.0.9 - - [02/May/2024:10:00:01 +0000] "GET /a?removed HTTP/1.1" 502 157 "-" "curl"',
    `${error}, request: "GET /b?removed HTTP/1.1"`,
  ]);
});

test.each([
  ['ingress-nginx', 'ingress-nginx-controller-7d-x', 'controller', 'ingress-nginx'],
  ['kube-system', 'traefik-7d-x', 'traefik', 'traefik'],
  ['kube-system', 'aws-cloud-controller-manager-x2vkq', 'aws-cloud-controller-manager', 'aws-cloud-controller-manager'],
  ['kube-system', 'node-local-dns-x2vkq', 'node-cache', 'node-cache'],
  ['kube-system', 'kube-apiserver-n1', 'kube-apiserver', 'kube-apiserver'],
  ['shop', 'traefik-7d-x', 'traefik', undefined],
  ['kube-system', 'kube-scheduler-n1', 'kube-scheduler', undefined],
])('the log of %s/%s, container %s, is that of %s', (namespace, pod, container, component) => {
  expect(loggedComponent(namespace, pod, container)).toBe(component);
});

test('the role of deploy/ allows what is asked for, and nothing else', () => {
  const documents = parseAllDocuments(readFileSync('deploy/collect-role.yaml', 'utf8')).map(
    (one) => one.toJS() as Json,
  );
  const rules = documents.flatMap(({ rules: some }) => (some ?? []) as { [key: string]: string[] }[]);
  const may = rules.flatMap(({ apiGroups = [], resources = [], verbs, resourceNames }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => `${verbs!.join()} ${group}/${resource} ${resourceNames?.length ?? ''}`.trim()),
    ),
  );
  const core = CORE_RESOURCES.map(
    ({ resource, path }) => `list ${/^\/apis\/([^/]+)/.exec(path)?.[1] ?? ''}/${resource}`,
  );
  const custom = Object.entries(CNI_RESOURCES).flatMap(([group, names]) =>
    names.map((name) => `list ${group}/${name}`),
  );
  const names = new Set(CONFIG_MAPS.map(([, name]) => name));
  expect(may.sort()).toEqual([...core, ...custom, 'get /pods/log', `get /configmaps ${names.size}`].sort());
  expect(new Set(rules.flatMap(({ resourceNames = [] }) => resourceNames))).toEqual(names);
});
