/** Words that a POSIX shell takes as they are. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * A value from a dump as one word of a POSIX shell command. Control characters cannot be part of a name that a person is
 * asked to type, and a leading dash would be read as an option however it is quoted (nothing that Kubernetes or the
 * kernel names by itself begins with one): they are shown escaped, which makes the command fail rather than do something
 * else.
 */
export function shellQuote(value: string): string {
  const visible = value.replace(
    /^-|[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  if (PLAIN.test(visible)) return visible;
  return `'${visible.replaceAll("'", "'\\''")}'`;
}
