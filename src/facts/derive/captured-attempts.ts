import { CLUSTER, type Probe } from '../model.js';
import type { FactStore } from '../store.js';
import { type TracedPath, tracePaths } from './capture-paths.js';
import { capturesOf } from './captures-of.js';
import { buildTopology } from './topology.js';

/**
 * Where nobody tried anything, or nobody sent what came of it, the flows of the captures are the attempts. Beside real ones
 * they would only tell the same a second time.
 */
export function deriveCapturedAttempts(store: FactStore): void {
  if (store.all('probe').length > 0 || store.all('capture').length === 0) return;
  const topology = buildTopology(store);
  for (const path of tracePaths(store, topology, capturesOf(store, topology))) {
    const { protocol, client, server, clientNode, serverNode, startsAtPod, endsAtPod, begun, backend } = path;
    if (!begun || (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'icmp')) continue;
    if (protocol === 'udp' && path.verdict === 'unanswered' && server.port !== 53) continue;
    const outcome = outcomeOf(path);
    const probe: Probe = {
      from: {
        ip: client.ip,
        ...(startsAtPod ? { kind: 'pod' as const } : {}),
        ...(clientNode === undefined ? {} : { node: clientNode }),
      },
      to: {
        ip: server.ip,
        ...(server.port === undefined ? {} : { port: server.port }),
        // What is translated on the way is a Service's address.
        ...(backend !== undefined
          ? { kind: 'clusterip' as const }
          : endsAtPod
            ? { kind: 'pod' as const, ...(serverNode === undefined ? {} : { node: serverNode }) }
            : {}),
      },
      proto: protocol,
      ...outcome,
      origin: 'capture',
    };
    store.add({ subject: CLUSTER, name: 'probe', value: probe, source: path.source });
  }
}

function outcomeOf({
  verdict,
  largeOnly,
  hops,
  protocol,
}: TracedPath): Pick<Probe, 'state' | 'error' | 'stage' | 'size'> {
  if (verdict === 'answered') return { state: 'ok' };
  if (verdict === 'refused') return { state: 'failing', error: 'refused', stage: 'connect' };
  if (largeOnly && protocol === 'tcp') return { state: 'failing', error: 'stalled', stage: 'transfer' };
  const size = largeOnly
    ? Math.max(...hops.map(({ bytes, forward }) => (forward > 0 ? Math.round(bytes.request / forward) : 0)))
    : 0;
  return { state: 'failing', error: 'timeout', ...(size > 0 ? { size } : {}) };
}
