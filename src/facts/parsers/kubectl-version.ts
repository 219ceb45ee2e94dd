import { CLUSTER } from '../model.js';
import type { Parser } from './parser.js';

/** `Server Version: v1.28.2`; before 1.28 `Server Version: version.Info{Major:"1", …, GitVersion:"v1.20.4", …}`. */
const SERVER = /^Server Version: (?:version\.Info\{.{0,200}?GitVersion:")?(v\d{1,2}\.\d{1,3}\.[\w.+-]{1,60})/;

/** `kubectl version`: the cluster's `kubernetesVersion`; kubectl's own is not the cluster's. */
export const kubectlVersion: Parser = {
  id: 'kubectl-version',
  provides: [],
  reads: ({ program, args }) => /^(?:kubectl|oc)$/.test(program) && args[0] === 'version',
  recognises: (head) => head.some((line) => SERVER.test(line)),
  parse({ lines, text }, sink) {
    for (let i = 0; i < lines.length; i += 1) {
      const version = SERVER.exec(lines[i]!.slice(0, 1000))?.[1];
      if (version === undefined) continue;
      sink.fact('kubernetesVersion', version, i + 1, { subject: CLUSTER });
      return;
    }
    // `-o json` and `-o yaml`.
    const server = /serverVersion"?\s{0,10}:/.exec(text);
    const version =
      server === null ? null : /"?gitVersion"?: "?(v[\w.+-]{1,60})/.exec(text.slice(server.index, server.index + 1000));
    if (version !== null) sink.fact('kubernetesVersion', version[1]!, 1, { subject: CLUSTER });
  },
};
