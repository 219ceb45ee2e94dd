import { isIP } from 'node:net';

/** One end of a flow as a person names it. */
export interface FlowEnd {
  kind: 'pod' | 'node' | 'service' | 'ip' | 'name';
  /** Pods and services. */
  namespace?: string;
  /** Of a pod, node or service; a host name. */
  name?: string;
  ip?: string;
  port?: number;
}

/** A flow as a person writes it: `pod/default/a>10.96.0.10:53/udp`. */
export interface FlowWords {
  from: FlowEnd;
  to: FlowEnd;
  /** Without one: TCP where there is a port, else echo. */
  protocol: 'tcp' | 'udp' | 'icmp';
}

/** What is not understood of a flow; the message says what was expected. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
}

const SHAPE =
  'expected FROM>TO, such as pod/default/a>10.96.0.10:53/udp, 10.244.1.5>10.244.2.7:8080 or node/n1>10.244.2.7';

/** Understands a flow. Throws FlowError where it is none. */
export function parseFlow(text: string): FlowWords {
  if (text.length > 1000) throw new FlowError(SHAPE);
  const [left, right, ...more] = text.split('>').map((part) => part.trim());
  if (left === undefined || right === undefined || left === '' || right === '' || more.length > 0)
    throw new FlowError(SHAPE);
  const [, end = '', protocol] = /^(.*?)(?:\/(tcp|udp|icmp))?$/i.exec(right)!;
  const from = parseEnd(left);
  const to = parseEnd(end);
  const said = protocol?.toLowerCase() as FlowWords['protocol'] | undefined;
  if (said === 'icmp' && to.port !== undefined) throw new FlowError('icmp has no port');
  if ((said === 'tcp' || said === 'udp') && to.port === undefined)
    throw new FlowError(`${said} needs a port: TO:PORT/${said}`);
  return { from, to, protocol: said ?? (to.port === undefined ? 'icmp' : 'tcp') };
}

const NAME = /^[A-Za-z0-9](?:[\w.-]{0,251}[A-Za-z0-9])?$/;

function parseEnd(text: string): FlowEnd {
  const [, kind, rest] = /^(pod|node|service|svc)\/(.+)$/.exec(text) ?? [];
  if (kind === undefined || rest === undefined)
    return withPort(text, (bare) => {
      if (isIP(bare) !== 0) return { kind: 'ip', ip: bare };
      if (NAME.test(bare) && !/^[\d.]+$/.test(bare)) return { kind: 'name', name: bare };
      throw new FlowError(SHAPE);
    });
  return withPort(rest, (bare) => {
    const parts = bare.split('/');
    if (!parts.every((part) => NAME.test(part))) throw new FlowError(SHAPE);
    if (kind === 'node') {
      if (parts.length !== 1) throw new FlowError('a node is named node/NAME');
      return { kind, name: bare };
    }
    const [namespace, name] = parts.length === 1 ? ['default', parts[0]!] : parts;
    if (parts.length > 2) throw new FlowError('a pod is named pod/NAMESPACE/NAME');
    return { kind: kind === 'pod' ? 'pod' : 'service', namespace: namespace!, name: name! };
  });
}

/** `x:80`, `[fd00::1]:80`; of a bare IPv6 address the colons are its own. */
function withPort(text: string, endOf: (bare: string) => FlowEnd): FlowEnd {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const plain = isIP(text) === 6 ? [text, text] : /^(.*?)(?::(\d+))?$/.exec(text)!;
  const [, bare, port] = bracketed ?? plain;
  const end = endOf(bare!);
  if (port === undefined) return end;
  if (Number(port) < 1 || Number(port) > 65_535) throw new FlowError(`${port} is no port: 1 to 65535`);
  return { ...end, port: Number(port) };
}
