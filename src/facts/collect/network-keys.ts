/** `wg show` hides its secret keys unless the environment tells it not to; public ones tell peers apart and stay. */
export function withoutWireguardKeys(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:private|preshared) key:/.test(line))
    .join('\n');
}

/** `ip xfrm state` without its keys: every line that begins with the kind of an algorithm has one. */
export function withoutXfrmKeys(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:auth|enc|aead|comp)\b/.test(line) && !/0x[\da-f]{17}/i.test(line))
    .join('\n');
}
