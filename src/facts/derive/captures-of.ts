import type { CaptureSummary, HopRole } from '../capture.js';
import { roleOfInterface } from '../captures/path/hop-role.js';
import type { Fact, Source } from '../model.js';
import { kindOf, nodeSubject, partsOf, type Subject } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import { devicesOf, type NodeDevices } from './devices.js';

/** A capture with where it was taken, as far as that is known. */
export interface TakenCapture {
  fact: Fact<CaptureSummary>;
  /** As its path names it, where the topology knows no such node. */
  nodeName: string;
  node?: TopologyNode;
  iface?: string;
  role?: HopRole;
}

/** All captures of the input, in the order of their subjects. */
export function capturesOf(store: FactStore, topology: Topology): TakenCapture[] {
  const devices = new Map<TopologyNode, NodeDevices>();
  const devicesOn = (node: TopologyNode): NodeDevices => {
    let known = devices.get(node);
    if (known === undefined) {
      known = devicesOf(store, node);
      devices.set(node, known);
    }
    return known;
  };
  const taken: TakenCapture[] = [];
  const facts = [...store.all('capture')].sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
  for (const fact of facts) taken.push(place(fact, topology, devicesOn));
  return taken;
}

function place(
  fact: Fact<CaptureSummary>,
  topology: Topology,
  devicesOn: (node: TopologyNode) => NodeDevices,
): TakenCapture {
  const { subject } = fact;
  if (kindOf(subject) === 'pod') return inPod(fact, topology);
  const [name = '', iface] = partsOf(subject);
  const node = topology.nodeOf(subject) ?? topology.nodeOf(nodeSubject(name));
  const capture: TakenCapture = { fact, nodeName: node?.name ?? name };
  if (node !== undefined) capture.node = node;
  const device = iface === undefined || node === undefined ? iface : byIndex(iface, devicesOn(node));
  if (device === undefined) return capture;
  capture.iface = device;
  const role = (node === undefined ? undefined : roleAmong(devicesOn(node), device)) ?? roleOfInterface(device);
  if (role !== undefined) capture.role = role;
  return capture;
}

/** Taken inside of a pod: as good as on its veth. */
function inPod(fact: Fact<CaptureSummary>, topology: Topology): TakenCapture {
  const pod = topology.pods.get(fact.subject as Subject);
  const node = pod?.node;
  const capture: TakenCapture = { fact, nodeName: node?.name ?? fact.subject, iface: fact.subject, role: 'pod' };
  if (node !== undefined) capture.node = node;
  return capture;
}

/** `if7`: a cooked capture names an interface by its index. */
function byIndex(iface: string, devices: NodeDevices): string {
  const index = /^if(\d{1,9})$/.exec(iface)?.[1];
  if (index === undefined || devices.links.has(iface)) return iface;
  for (const [name, { link }] of devices.links) if (link.index === Number(index)) return name;
  return iface;
}

function roleAmong(devices: NodeDevices, iface: string): HopRole | undefined {
  if (iface === devices.nic) return 'nic';
  if (devices.tunnels.some(({ name }) => name === iface)) return 'tunnel';
  if (devices.bridges.includes(iface)) return 'bridge';
  return devices.bridgedPods.includes(iface) || devices.routedPods.includes(iface) ? 'pod' : undefined;
}

/** Where a packet of a capture stands: its line in a text, else its number. */
export function sourceOfPacket({ value, source }: Fact<CaptureSummary>, packet: number | undefined): Source {
  if (packet === undefined || packet <= 0) return source;
  if (value.form === 'packets') return { ...source, packet };
  const line = value.lines?.[packet];
  return line === undefined ? source : { ...source, line };
}
