import { isObject } from '../parsers/json-shape.js';

/** The protocols of NetworkPolicyPort; of others the API says nothing. */
export const POLICY_PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
export type PolicyProtocol = (typeof POLICY_PROTOCOLS)[number];

/** An entry of a rule's `ports`. */
export interface PolicyPort {
  /** Undefined where the protocol is none that Kubernetes would accept. */
  protocol: PolicyProtocol | undefined;
  /** `malformed`: it may be about any port. */
  port: 'all' | 'malformed' | { first: number; last: number } | { name: string };
}

export function parsePolicyPort(value: unknown): PolicyPort {
  if (!isObject(value)) return { protocol: undefined, port: 'malformed' };
  const { protocol, port, endPort, ...others } = value;
  return {
    protocol: protocol === undefined || protocol === null ? 'TCP' : protocolOf(protocol),
    port: Object.keys(others).length > 0 ? 'malformed' : portOf(port ?? undefined, endPort ?? undefined),
  };
}

function protocolOf(value: unknown): PolicyProtocol | undefined {
  return POLICY_PROTOCOLS.find((protocol) => protocol === value);
}

/** As the API server's validation takes it: endPort only behind a number, and not below it; a name has a letter. */
function portOf(port: unknown, endPort: unknown): PolicyPort['port'] {
  if (port === undefined) return endPort === undefined ? 'all' : 'malformed';
  if (typeof port === 'string') {
    return endPort === undefined && /^(?=.*[a-z])[a-z0-9-]{1,15}$/.test(port) ? { name: port } : 'malformed';
  }
  if (!isPort(port)) return 'malformed';
  if (endPort === undefined) return { first: port, last: port };
  return isPort(endPort) && endPort >= port ? { first: port, last: endPort } : 'malformed';
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}
