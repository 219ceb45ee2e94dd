import { runIn } from './cluster.mjs';
import { OUTSIDE } from './layout.mjs';

/**
 * Checks of a cluster, each a line of words: what, from where, to where.
 *   ping client web/1        a pod by the first words of its name (and its node's number)
 *   ping1422 client web/1    with that many bytes of data, not to be fragmented
 *   http client svc/api      GET / of a pod, a Service, a node's port (`nodeport/2/web`), the `outside`, or ADDRESS:PORT
 *   big client web/1         GET /big, 200 KB
 *   dns client NAME          a lookup by the asker's resolv.conf
 * Resolves with whether it worked and what the tool said.
 */
export async function check(cluster, line) {
  const [what, from, to] = line.split(' ');
  const { pid } = placeOf(cluster, from);
  const { status, stdout, stderr } = await runIn(pid, argvOf(cluster, what, to), { timeoutMs: 10_000 });
  const works = what.startsWith('dns')
    ? status === 0 && stdout.trim() !== '' && !stdout.startsWith(';;')
    : status === 0;
  return { works, said: `${stdout}${stderr}`.trim() };
}

function argvOf(cluster, what, to) {
  const ping = /^ping(\d*)$/.exec(what);
  if (ping) {
    const size = ping[1] ? ['-M', 'do', '-s', ping[1]] : [];
    return ['ping', '-c', '2', '-i', '0.2', '-W', '1', ...size, addressOf(cluster, to)];
  }
  if (what === 'dns') return ['dig', '+short', '+time=2', '+tries=1', to];
  // From a source port of its own, against the DNS Service.
  if (what === 'dnsport') return ['dig', '-b', '0.0.0.0#35353', '+short', '+time=1', '+tries=1', '@10.96.0.10', to];
  const url = `http://${webAddressOf(cluster, to)}${what === 'big' ? '/big' : '/'}`;
  return ['curl', '-sS', '-f', '-m', '3', '-o', '/dev/null', url];
}

function placeOf(cluster, text) {
  const [name, number] = text.split('/');
  return name === 'node' ? cluster.node(Number(number)) : cluster.pod(name, number);
}

function addressOf(cluster, text) {
  if (text === 'outside') return OUTSIDE.web;
  if (/^\d/.test(text)) return text;
  const [name, number] = text.split('/');
  if (name === 'svc') return cluster.service(number).clusterIP;
  const place = placeOf(cluster, text);
  return place.knownAs ?? place.ip;
}

function webAddressOf(cluster, text) {
  const [name, number, service] = text.split('/');
  if (name === 'nodeport') {
    const node = cluster.node(Number(number));
    return `${node.knownAs ?? node.ip}:${cluster.service(service).ports[0].nodePort}`;
  }
  if (text === 'outside' || name === 'svc' || /^\d/.test(text)) return addressOf(cluster, text);
  return `${addressOf(cluster, text)}:8080`;
}
