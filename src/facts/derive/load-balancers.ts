import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { ServiceObject, Source, Subject } from '../model.js';
import { blockHas, parseAddress, parseIpBlock } from '../policy/ip-block.js';
import type { TopologyService } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';

/** The default port of kube-proxy's own health (--healthz-bind-address), which some clouds check instead. */
const KUBE_PROXY_HEALTH = 10_256;

/** Facts about Services of type LoadBalancer: whom they admit, whether they have an address, what their balancer is told. */
export const loadBalancers: Derivation = {
  id: 'load-balancers',
  derive(context) {
    const { store, topology } = context;
    const sources = new Map<Subject, Source>();
    for (const fact of store.all('service-object')) sources.set(fact.subject, fact.source);
    const balanced = [...topology.services.values()].filter(isBalanced);
    for (const service of balanced) {
      const source = sources.get(service.subject) ?? {};
      const tell = (name: string, value: boolean): void => store.add({ subject: service.subject, name, value, source });
      const { object } = service;
      if (object.type === 'LoadBalancer' && object.addressed !== undefined)
        tell('lb.address-missing', !object.addressed);
      if (object.partial === true) continue;
      const ranges = rangesOf(object);
      tell('lb.sources-restricted', ranges.length > 0);
      const internal = isInternal(object);
      if (internal) tell('lb.internal', true);
      if (keepsClientAddress(object)) tell('lb.keeps-client-address', true);
      const outside = ranges.length === 0 ? false : clientsOutside(flowsTo(context, service, balanced), ranges);
      if (outside !== undefined) tell('lb.client-outside-ranges', outside);
    }
    judgeHealthPorts(context, balanced, sources);
  },
};

function isBalanced({ object }: TopologyService): boolean {
  return object.type === 'LoadBalancer' || object.loadBalancerIPs.length > 0;
}

/** Annotations that older clusters and clouds have in the place of the field. */
const RANGES = /(?:load-balancer-source-ranges|azure-allowed-ip-ranges|inbound-cidrs)$/;
const EVERYBODY: ReadonlySet<string> = new Set(['0.0.0.0/0', '::/0', '*']);

/** Networks that are admitted; empty where everybody is. */
function rangesOf({ sourceRanges, annotations }: ServiceObject): string[] {
  const ranges = [...sourceRanges];
  for (const [key, value] of Object.entries(annotations ?? {}))
    if (RANGES.test(key)) ranges.push(...value.split(',').map((one) => one.trim()));
  return ranges.some((one) => EVERYBODY.has(one)) ? [] : ranges.filter((one) => one !== '');
}

const INTERNAL_KEY =
  /(?:aws|azure|oci|openstack|gce)-load-balancer-internal$|openstack-internal-load-balancer$|qcloud-loadbalancer-internal-subnetid$|elb\.class$/;
const INTERNAL_TYPE =
  /(?:load-balancer-(?:scheme|type)|alibaba-?cloud-loadbalancer-address-type|alicloud-loadbalancer-address-type)$/;

function isInternal({ annotations }: ServiceObject): boolean {
  return Object.entries(annotations ?? {}).some(
    ([key, value]) =>
      (INTERNAL_KEY.test(key) && !/^(?:false|)$/i.test(value)) ||
      (INTERNAL_TYPE.test(key) && /^(?:internal|intranet)$/i.test(value)),
  );
}

/** NLB's target group attribute; layer 4 balancers that never hide the client's address; direct access to pods. */
function keepsClientAddress({ annotations }: ServiceObject): boolean {
  return Object.entries(annotations ?? {}).some(
    ([key, value]) =>
      (/target-group-attributes$/.test(key) && /preserve_client_ip\.enabled=true/.test(value)) ||
      (/aws-load-balancer-type$/.test(key) && value === 'nlb') ||
      /(?:alibaba-?cloud|alicloud|qcloud|tke)[\w.-]*load-?balancer/.test(key),
  );
}

/** Flows to the Service's balancer. A reporter's `loadbalancer` without an address is the only one that there is. */
function flowsTo({ flows }: DeriveContext, service: TopologyService, all: readonly TopologyService[]): Flow[] {
  return flows.filter(
    ({ to, from }) =>
      (to.kind === 'loadbalancer' || (to.kind === 'clusterip' && from.kind === 'external')) &&
      (to.subject === service.subject || (to.subject === undefined && all.length === 1)),
  );
}

/** Whether a client that fails is not among those admitted; undefined where no failing client's address is known. */
function clientsOutside(flows: readonly Flow[], ranges: readonly string[]): boolean | undefined {
  const blocks = ranges.map((cidr) => parseIpBlock({ cidr }));
  let inside = false;
  for (const flow of flows) {
    if (!isSymptom(flow) || flow.from.ip === undefined) continue;
    const address = parseAddress(flow.from.ip);
    if (address === undefined) continue;
    const has = blocks.map((block) => blockHas(block, address));
    if (has.includes(true)) inside = true;
    else if (!has.includes(undefined)) return true;
  }
  return inside ? false : undefined;
}

/** Whether the port by which load balancers choose their nodes answers, where somebody tried. */
function judgeHealthPorts(
  { store, flows }: DeriveContext,
  services: readonly TopologyService[],
  sources: ReadonlyMap<Subject, Source>,
): void {
  for (const service of services) {
    const { healthCheckNodePort } = service.object;
    const tried = flows.filter(
      ({ to, proto }) =>
        (to.kind === 'node' || to.kind === 'nodeport') &&
        proto !== 'icmp' &&
        to.port !== undefined &&
        to.port === (healthCheckNodePort ?? KUBE_PROXY_HEALTH),
    );
    const failing = tried.find(isSymptom);
    if (tried.length === 0) continue;
    const source = (failing ?? tried[0]!).sources[0] ?? sources.get(service.subject) ?? {};
    store.add({ subject: service.subject, name: 'lb.health-port-fails', value: failing !== undefined, source });
  }
}
