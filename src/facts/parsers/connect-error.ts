import type { FlowError } from '../model.js';

/**
 * Texts of connect(2)'s and send(2)'s errors as glibc (English, Chinese), musl, Go and Java print them. EHOSTUNREACH is
 * printed `No route to host` though the route was found and the neighbour (or an ICMP host-unreachable or -prohibited)
 * failed; a missing route is ENETUNREACH, `Network is unreachable`.
 */
const ERRORS: readonly (readonly [RegExp, FlowError])[] = [
  [/connection refused|ECONNREFUSED|actively refused|拒绝连接|连接被拒绝|积极拒绝/i, 'refused'],
  [
    /no route to host|EHOSTUNREACH|host is (?:unreachable|down)|host unreachable|没有到主机的路由|主机不可达/i,
    'host-unreachable',
  ],
  [/network is unreachable|ENETUNREACH|network unreachable|网络不可达|无法访问网络/i, 'no-route'],
  [/connection reset|ECONNRESET|reset by peer|连接被(?:对方|对端)?重[置设]/i, 'reset'],
  [/message too long|EMSGSIZE|信息过长|消息过长/i, 'message-too-long'],
  [/timed?[ -]?out|timeout|ETIMEDOUT|deadline exceeded|连接超时|超时/i, 'timeout'],
];

/** What a tool's words say became of a connection attempt; undefined where they name none of the errors we know. */
export function connectError(text: string): FlowError | undefined {
  for (const [pattern, error] of ERRORS) if (pattern.test(text)) return error;
  return undefined;
}

/**
 * What getaddrinfo's words say: EAI_NONAME is NXDOMAIN (or an empty answer), EAI_AGAIN is printed where no server
 * answered. Null where the text is not about resolving; undefined where it failed and the words do not say how.
 */
export function resolveError(text: string): FlowError | undefined | null {
  if (
    /temporary failure in name resolution|域名解析暂时失败|名称解析.{0,4}暂时|EAI_AGAIN|could not contact DNS|resolving timed out|resolution timed out/i.test(
      text,
    )
  )
    return 'timeout';
  if (
    /name or service not known|nodename nor servname|name does not resolve|unknown host|no address associated|未知的名称或服务|未知的主机|ENOTFOUND|no such host|could not find host|找不到主机/i.test(
      text,
    )
  )
    return 'nxdomain';
  if (/bad address|could not resolve|cannot resolve|can't resolve|name resolution|getaddrinfo|无法解析/i.test(text))
    return undefined;
  return null;
}
