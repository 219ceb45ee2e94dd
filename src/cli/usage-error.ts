/** Something that the caller can put right: a wrong word, an unreadable file. Exit status 2; `message` is shown as it is. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
