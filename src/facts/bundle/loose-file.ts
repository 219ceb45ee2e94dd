import { nodeSubject } from '../model.js';
import { isKnownProgram } from './command.js';
import { commandOfPath, SYSTEM_FOLDERS } from './machine-file.js';
import { NO_COMMAND, type Place, UNNAMED_NODE } from './place.js';
import { FOREIGN_FOLDERS, LAYOUT_FOLDERS } from './podnet-layout.js';

/** What was pasted into a questionnaire without saying where it is from. */
const PASTED = /(?:^|\/)answers\/pasted-\d+\.txt$/;

/**
 * A file that no layout explains. Its first folder, where it has one, is taken for the node it is from (folders of
 * outputs, one a node), so that the outputs of two nodes are never mixed into one.
 */
export function looseFile(path: string): Place {
  const parts = path.split('/');
  const top = parts[0]!;
  const named =
    parts.length > 1 &&
    !PASTED.test(path) &&
    ![SYSTEM_FOLDERS, FOREIGN_FOLDERS, LAYOUT_FOLDERS].some((set) => set.has(top));
  const subject = nodeSubject(named ? top : UNNAMED_NODE);
  const command = commandOfPath(named ? parts.slice(1) : parts);
  const tells = isKnownProgram(command.program) || command.program === 'cat';
  return { kind: 'loose', subject, command: tells ? command : NO_COMMAND };
}
