/** Typed catalogues of words: a key of one language without the other, or a slot, does not compile. */

/** The names in braces of a text: `Slots<'{n} of {of}'>` is `'n' | 'of'`. */
export type Slots<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Slots<Rest> : never;

/** Keys whose text has a slot in one language that it lacks in the other; `never` where the two agree. */
export type Differing<A extends Record<string, string>, B extends Record<keyof A, string>> = {
  [K in keyof A]: [Slots<A[K]>, Slots<B[K]>] extends [Slots<B[K]>, Slots<A[K]>] ? never : K;
}[keyof A];

/** Both languages of a catalogue; where they differ in slots it is a type that no catalogue has. */
export type Catalogues<A extends Record<string, string>, B extends Record<keyof A, string>> = [
  Differing<A, B>,
] extends [never]
  ? Record<'en' | 'zh', Record<keyof A, string>>
  : Differing<A, B>;

/** Says a text of a catalogue with its slots filled in. */
export type Speaker<A extends Record<string, string>> = <K extends keyof A>(
  key: K,
  ...slots: [Slots<A[K]>] extends [never] ? [] : [Record<Slots<A[K]>, string | number>]
) => string;

/** Fills `{name}` slots; what is filled in is not searched for slots again. */
export function fill(text: string, slots: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(slots, name) ? String(slots[name]) : whole,
  );
}

/** A speaker of one language's texts. */
export function speakerOf<A extends Record<string, string>>(catalogue: Record<keyof A, string>): Speaker<A> {
  return (key, ...slots) => fill(catalogue[key], slots[0] ?? {});
}
