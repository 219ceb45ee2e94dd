import type { Cause, Lang } from '../../engine/rulebook/types.js';
import { prose } from './prose.js';

/** Where pages stand below the handbook's folder, and how they name each other. Ids hold nothing that a path or link minds. */

export function pathOf({ category, id }: Pick<Cause, 'category' | 'id'>, lang: Lang): string {
  return `${lang}/${category}/${id}.md`;
}

/** A link to a cause's page from another cause's. */
export function causeLink(cause: Cause, from: Cause, lang: Lang): string {
  const path = cause.category === from.category ? `${cause.id}.md` : `../${cause.category}/${cause.id}.md`;
  return `[${prose(cause.title[lang])}](${path})`;
}

/** A link to a cause's page from an index. */
export function indexLink({ category, id, title }: Cause, lang: Lang): string {
  return `[${prose(title[lang])}](${category}/${id}.md)`;
}

/** The first line of all that the generator writes: it removes only what bears it. */
export const MARK = '<!-- Made by `podnet rules docs` from the rules: change those, not this page. -->';
