import type { Files } from './bundle-files.js';
import type { Random } from './random.js';

/** Words that make numbers, times, addresses and flags what they should not be. */
const ODD = [
  '',
  '-1',
  '0',
  '99999999999999999999',
  '1e309',
  'NaN',
  'null',
  '__proto__',
  'constructor',
  '0.0.0.0/0',
  '256.256.256.256',
  '10.244.1.2/99',
  'fe80::1%eth0',
  '::ffff:10.0.0.1',
  '-A',
  '!',
  '@',
  '\u0000',
  '\u001b[2J',
  '\u202e',
  '\ud83d\ude00',
  '"',
  '\\',
  '<script>',
  '$(reboot)',
] as const;

type Mutation = (files: Files, random: Random) => void;

function changeLines(change: (lines: string[], random: Random) => void): Mutation {
  return (files, random) => {
    const name = random.of([...files.keys()]);
    const lines = files.get(name)!.toString('latin1').split('\n');
    change(lines, random);
    files.set(name, Buffer.from(lines.join('\n'), 'latin1'));
  };
}

const MUTATIONS: readonly Mutation[] = [
  // Bytes flipped.
  (files, random) => {
    const name = random.of([...files.keys()]);
    const bytes = Buffer.from(files.get(name)!);
    for (let i = random.below(20); i >= 0 && bytes.length > 0; i -= 1)
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    files.set(name, bytes);
  },
  // Cut.
  (files, random) => {
    const name = random.of([...files.keys()]);
    const bytes = files.get(name)!;
    const from = random.below(4) === 0 ? random.below(bytes.length + 1) : 0;
    files.set(name, bytes.subarray(from, from + random.below(bytes.length + 1)));
  },
  // Gone.
  (files, random) => {
    for (let i = random.below(30); i >= 0 && files.size > 1; i -= 1) files.delete(random.of([...files.keys()]));
  },
  // Names exchanged.
  (files, random) => {
    const [one, other] = [random.of([...files.keys()]), random.of([...files.keys()])];
    const content = files.get(one)!;
    files.set(one, files.get(other)!);
    files.set(other, content);
  },
  // A copy below another name, or of another node.
  (files, random) => {
    const name = random.of([...files.keys()]);
    const parts = name.split('/');
    if (parts.length > 1) parts[1] = random.of(['n1', 'n2', 'n9', 'default', 'a b', '-n', '__proto__', 'constructor']);
    files.set(parts.join('/'), files.get(name)!);
  },
  // All that is known of a node or a pod gone.
  (files, random) => {
    const folder = random
      .of([...files.keys()])
      .split('/')
      .slice(0, 2)
      .join('/');
    if ([...files.keys()].every((name) => name.startsWith(`${folder}/`))) return;
    for (const name of [...files.keys()]) if (name.startsWith(`${folder}/`)) files.delete(name);
  },
  changeLines((lines, random) => {
    const at = random.below(lines.length);
    lines.splice(at, 0, lines[random.below(lines.length)]!);
  }),
  changeLines((lines, random) => {
    const [one, other] = [random.below(lines.length), random.below(lines.length)];
    [lines[one], lines[other]] = [lines[other]!, lines[one]!];
  }),
  changeLines((lines, random) => {
    lines.splice(random.below(lines.length), 1 + random.below(5));
  }),
  // A word exchanged for one that nothing expects, or for one of another line.
  changeLines((lines, random) => {
    for (let i = random.below(8); i >= 0; i -= 1) {
      const at = random.below(lines.length);
      const words = lines[at]!.split(/([\s"=,:/]+)/);
      const spare = lines[random.below(lines.length)]!.split(/[\s"=,:/]+/);
      words[random.below(words.length)] =
        random.below(2) === 0 ? Buffer.from(random.of(ODD)).toString('latin1') : random.of(spare);
      lines[at] = words.join('');
    }
  }),
  // One number another everywhere in a file.
  (files, random) => {
    const name = random.of([...files.keys()]);
    const text = files.get(name)!.toString('latin1');
    const numbers = text.match(/\b\d{1,9}\b/g);
    if (numbers === null) return;
    const from = random.of(numbers);
    files.set(name, Buffer.from(text.split(from).join(Buffer.from(random.of(ODD)).toString('latin1')), 'latin1'));
  },
  // Objects with fields of other types.
  (files, random) => {
    const objects = [...files.keys()].filter((name) => name.endsWith('.json'));
    if (objects.length === 0) return;
    const name = random.of(objects);
    try {
      let value: unknown = JSON.parse(files.get(name)!.toString());
      for (let i = random.below(12); i >= 0; i -= 1) value = exchangeOne(value, random);
      files.set(name, Buffer.from(JSON.stringify(value) ?? ''));
    } catch {
      // Another mutation was here first: it is no JSON any more.
    }
  },
];

/** Values of types that a field does not have. */
const OTHER_TYPES: readonly unknown[] = [null, true, 0, -1, 1e300, '', 'x', [], [null], [[]], {}, { a: 1 }, [{}], ODD];

/** Exchanges one value somewhere in a JSON value for one of another type. */
function exchangeOne(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.below(12) === 0) return random.of(OTHER_TYPES);
  const keys = Object.keys(value);
  if (keys.length === 0) return random.of(OTHER_TYPES);
  const key = random.of(keys);
  const inner = (value as Record<string, unknown>)[key];
  const changed = exchangeOne(inner, random);
  return Array.isArray(value)
    ? value.map((item: unknown, index) => (String(index) === key ? changed : item))
    : { ...value, [key]: changed };
}

/** A copy of a bundle with one to forty things wrong with it. */
export function mutate(files: Files, random: Random): Files {
  const damaged = new Map(files);
  for (let i = random.below(random.of([2, 10, 40])); i >= 0; i -= 1) random.of(MUTATIONS)(damaged, random);
  return damaged;
}
