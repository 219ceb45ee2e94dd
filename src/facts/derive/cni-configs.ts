import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { Derivation } from './derivation.js';

/** The CNI that a plugin belongs to. `bridge`, `loopback`, `portmap` and the like are everybody's. */
const BY_PLUGIN: readonly [RegExp, string][] = [
  [/^flannel$/, 'flannel'],
  [/^calico(?:-ipam)?$/, 'calico'],
  [/^cilium-cni$/, 'cilium'],
  [/^weave-net$/, 'weave'],
  [/^antrea$/, 'antrea'],
  [/^(?:aws-cni|vpc-bridge)$/, 'aws-vpc-cni'],
  [/^terway$/, 'terway'],
  [/^ovn-k8s-cni-overlay$/, 'ovn-kubernetes'],
  [/^kube-ovn$/, 'kube-ovn'],
  [/^azure-vnet$/, 'azure'],
];
/** The same by the names that the CNIs' manifests give their files, where only the folder was listed. */
const BY_FILE: readonly [RegExp, string][] = [
  [/canal/, 'canal'],
  [/flannel/, 'flannel'],
  [/calico/, 'calico'],
  [/cilium/, 'cilium'],
  [/weave/, 'weave'],
  [/antrea/, 'antrea'],
  [/kuberouter|kube-router/, 'kube-router'],
  [/^\d+-aws/, 'aws-vpc-cni'],
  [/terway/, 'terway'],
  [/ovn-kubernetes/, 'ovn-kubernetes'],
  [/kube-ovn/, 'kube-ovn'],
];
/** CNIs that install several files' worth of plugins, or are chained, on purpose: these are one. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  canal: ['flannel', 'calico'],
  calico: ['canal'],
  flannel: ['canal'],
};

interface ConfigFile {
  file: string;
  cni: string | undefined;
  source: Source;
}

/**
 * Which CNIs are configured on a node. A runtime takes the first file by name (libcni), so the one that a CNI left behind
 * may well be it.
 */
export const cniConfigs: Derivation = {
  id: 'cni-configs',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const files: ConfigFile[] = [];
      for (const fact of store.records(node.subject, 'cni-config')) {
        const { file, plugins } = fact.value;
        const cni = BY_PLUGIN.find(([pattern]) => plugins.some((plugin) => pattern.test(plugin)))?.[1];
        files.push({ file, cni: cni ?? BY_FILE.find(([pattern]) => pattern.test(file))?.[1], source: fact.source });
      }
      const listed = store.scalar(node.subject, 'cni.config-files');
      for (const file of Array.isArray(listed?.value) ? listed.value : []) {
        if (typeof file !== 'string' || files.some((known) => known.file === file)) continue;
        files.push({ file, cni: BY_FILE.find(([pattern]) => pattern.test(file))?.[1], source: listed!.source });
      }
      if (files.length === 0 && listed === undefined) continue;
      files.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
      const source = files[0]?.source ?? listed!.source;
      // That a folder is empty only a listing shows.
      store.add({ subject: node.subject, name: 'cni.config-names', value: files.map(({ file }) => file), source });
      const cluster = store.value(CLUSTER, 'cni');
      const expected = typeof cluster === 'string' ? cluster : files.find(({ cni }) => cni !== undefined)?.cni;
      const foreign = files.filter(({ cni }) => cni !== undefined && !belongs(cni, expected));
      store.add({
        subject: node.subject,
        name: 'cni.configs-foreign',
        value: foreign.map(({ file }) => file),
        source: foreign[0]?.source ?? source,
      });
    }
  },
};

function belongs(cni: string, expected: string | undefined): boolean {
  return expected === undefined || cni === expected || TOGETHER[expected]?.includes(cni) === true;
}
