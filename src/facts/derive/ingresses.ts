import { isSymptom } from '../flow.js';
import type { Fact, IngressObject, ServiceObject, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { isClusterName } from './endpoints.js';
import { coversHost } from './ingress-targets.js';

/** What Ingresses and routes of the Gateway API name, against what there is. */
export const ingresses: Derivation = {
  id: 'ingresses',
  derive(context) {
    const { store } = context;
    const all = store.all('ingress-object');
    const first = all[0];
    if (first === undefined) return;
    const tell = (name: string, value: string[], source: Source | undefined): void =>
      store.add({ subject: CLUSTER, name, value: value.sort(), source: source ?? first.source });
    judgeClasses(store, all, tell);
    judgeBackends(store, all, tell);
    judgeHosts(context, all, tell);
    const gateways = all.filter(({ value }) => value.kind !== 'Ingress');
    if (gateways.length === 0) return;
    const refused = gateways.filter(({ value }) => value.refused.length > 0);
    tell(
      'gateway.refused',
      refused.map(({ value }) => `${value.kind}/${value.namespace}/${value.name}: ${value.refused.join(', ')}`),
      refused[0]?.source,
    );
  },
};

type Tell = (name: string, value: string[], source: Source | undefined) => void;

/** Ingresses whose class is none of the cluster's, or that name none where no class is the default. */
function judgeClasses(store: FactStore, all: readonly Fact<IngressObject>[], tell: Tell): void {
  const classes = store.all('ingressclass-object');
  if (classes.length === 0) return;
  const names = new Set(classes.map(({ value }) => value.name));
  const hasDefault = classes.some(({ value }) => value.isDefault);
  const without = all.filter(
    ({ value }) =>
      value.kind === 'Ingress' && (value.className === undefined ? !hasDefault : !names.has(value.className)),
  );
  tell(
    'ingress.class-unknown',
    without.map(({ value }) => `${value.namespace}/${value.name} (${value.className ?? 'no class'})`),
    without[0]?.source,
  );
}

/** Backends that are no Service of their namespace, and ports that the Service does not have. */
function judgeBackends(store: FactStore, all: readonly Fact<IngressObject>[], tell: Tell): void {
  const services = new Map<string, ServiceObject>();
  const listed = new Set<string>();
  for (const { value } of store.all('service-object')) {
    services.set(`${value.namespace}/${value.name}`, value);
    listed.add(value.namespace);
  }
  if (listed.size === 0) return;
  // The API server's own Service shows that the list is of all namespaces.
  const everywhere = services.has('default/kubernetes');
  const missing = new Map<string, Source>();
  const wrongPort = new Map<string, Source>();
  for (const { value, source } of all) {
    for (const { namespace, service, port } of value.backends) {
      const object = services.get(`${namespace}/${service}`);
      const what = `${value.namespace}/${value.name} -> ${namespace}/${service}`;
      if (object === undefined) {
        if (everywhere || listed.has(namespace)) missing.set(what, source);
      } else if (port !== undefined && !hasPort(object, port)) wrongPort.set(`${what}:${port}`, source);
    }
  }
  tell('ingress.backends-missing', [...missing.keys()], [...missing.values()][0]);
  tell('ingress.backend-ports-missing', [...wrongPort.keys()], [...wrongPort.values()][0]);
}

function hasPort({ ports, partial, type }: ServiceObject, wanted: string | number): boolean {
  // A table shows no names of ports; an ExternalName needs none.
  if (type === 'ExternalName' || (partial === true && typeof wanted === 'string')) return true;
  return ports.some(({ port, name }) => (typeof wanted === 'number' ? port === wanted : name === wanted));
}

/** Names that were asked for in vain and that no rule has. */
function judgeHosts({ flows }: DeriveContext, all: readonly Fact<IngressObject>[], tell: Tell): void {
  const routes = all.filter(({ value }) => value.kind !== 'Gateway');
  if (routes.length === 0 || routes.some(({ value }) => value.hosts.length === 0)) return;
  const hosts = routes.flatMap(({ value }) => value.hosts);
  const unknown = new Map<string, Source | undefined>();
  let asked: Source | undefined;
  for (const flow of flows) {
    const name = flow.to.name;
    if (!isSymptom(flow) || flow.error !== 'http-error' || name === undefined || isClusterName(name)) continue;
    asked ??= flow.sources[0];
    if (!hosts.some((host) => coversHost(host, name))) unknown.set(name, flow.sources[0]);
  }
  if (asked !== undefined) tell('ingress.hosts-unknown', [...unknown.keys()], [...unknown.values()][0] ?? asked);
}
