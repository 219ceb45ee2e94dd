/** Objects of Kubernetes nest to about 20, and to less in flow style. */
const MAX_BRACKETS = 64;
/** Anchors, tags and aliases of one line: a line of real YAML has one or two. */
const MAX_NODE_PROPERTIES = 500;

/**
 * Why a text is not given to the yaml package, where it is not. The package (2.9) takes time and memory that grow far
 * faster than some texts do: 500 brackets that are not closed take it 28 s, 100,000 that were not opened 10 s, a line of
 * 40,000 anchors 4 s. Brackets in quotes and literal blocks are counted too: of real text as many close as open.
 */
export function whyNotYaml(text: string): string | undefined {
  let depth = 0;
  let unopened = 0;
  let properties = 0;
  let previous = 10;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 123 || code === 91) {
      depth += 1;
      if (depth > MAX_BRACKETS) return `brackets nested deeper than ${MAX_BRACKETS}`;
    } else if (code === 125 || code === 93) {
      if (depth > 0) depth -= 1;
      else unopened += 1;
      if (unopened > MAX_BRACKETS) return `more than ${MAX_BRACKETS} brackets that nothing opened`;
    } else if (code === 10) properties = 0;
    else if (previous === 32 && (code === 38 || code === 33 || code === 42)) {
      properties += 1;
      if (properties > MAX_NODE_PROPERTIES)
        return `more than ${MAX_NODE_PROPERTIES} anchors, tags and aliases in a line`;
    }
    previous = code;
  }
  return undefined;
}
