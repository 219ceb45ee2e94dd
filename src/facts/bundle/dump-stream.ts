import { podSubject } from '../model.js';
import { componentOfContainer, NO_COMMAND } from './place.js';
import type { Section } from './section.js';

/** kubectl/pkg/cmd/clusterinfo: what stands before and after the log of each container. */
const START = /^==== START logs for container (\S+) of pod (\S+)\/(\S+) ====$/;
const END = /^==== END logs for container /;

/** Whether a text is what `kubectl cluster-info dump` prints where it is given no folder. */
export function isDumpStream(lines: readonly string[]): boolean {
  return lines.some((line) => START.test(line));
}

/** Cuts such a text into its lists of objects, one JSON document after another, and its logs. */
export function cutDumpStream(lines: readonly string[]): Section[] {
  const sections: Section[] = [];
  let current: Section = objects(0);
  const close = (): void => {
    if (current.lines.some((line) => line.trim() !== '')) sections.push(current);
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]!;
    const start = START.exec(line);
    if (start !== null) {
      close();
      const [, container = '', namespace = '', pod = ''] = start;
      current = {
        kind: 'log',
        offset: i + 1,
        lines: [],
        command: NO_COMMAND,
        subject: podSubject(namespace, pod),
        component: componentOfContainer(pod, container),
      };
    } else if (END.test(line)) {
      close();
      current = objects(i + 1);
    } else current.lines.push(line);
  }
  close();
  return sections;
}

function objects(offset: number): Section {
  return { kind: 'objects', offset, lines: [], command: NO_COMMAND };
}
