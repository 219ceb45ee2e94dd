import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { Derivation } from './derivation.js';

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
        files.push({ file, cni: store.cnis.ofConfig(file, plugins), source: fact.source });
      }
      const listed = store.scalar(node.subject, 'cni.config-files');
      for (const file of Array.isArray(listed?.value) ? listed.value : []) {
        if (typeof file !== 'string' || files.some((known) => known.file === file)) continue;
        files.push({ file, cni: store.cnis.ofConfig(file, []), source: listed!.source });
      }
      if (files.length === 0 && listed === undefined) continue;
      files.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
      const source = files[0]?.source ?? listed!.source;
      // That a folder is empty only a listing shows.
      store.add({ subject: node.subject, name: 'cni.config-names', value: files.map(({ file }) => file), source });
      const cluster = store.value(CLUSTER, 'cni');
      const expected = typeof cluster === 'string' ? cluster : files.find(({ cni }) => cni !== undefined)?.cni;
      const foreign = files.filter(
        ({ cni }) => cni !== undefined && expected !== undefined && !store.cnis.goTogether(cni, expected),
      );
      store.add({
        subject: node.subject,
        name: 'cni.configs-foreign',
        value: foreign.map(({ file }) => file),
        source: foreign[0]?.source ?? source,
      });
    }
  },
};
