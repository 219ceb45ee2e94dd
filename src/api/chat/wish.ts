import type { AskedQuestion } from '../../ask/interview.js';
import type { Lang } from '../../engine/rulebook/types.js';

/** What a person wants who writes to a bot. */
export type Wish =
  | { kind: 'start'; lang: Lang }
  | { kind: 'help'; lang: Lang }
  | { kind: 'diagnose'; lang: Lang; content: string | Uint8Array; name?: string }
  /** `question` where the text names it, else the one that is asked now is meant. */
  | { kind: 'answer'; lang: Lang; session: string; question?: string; text: string };

/**
 * Reads a message to a bot, mentions of the bot taken off. `lang` is the language where the message chooses none.
 * `diagnose` and `/diagnose` may stand in front; `answer SESSION …` answers a question; nothing begins a session; all else
 * is to be diagnosed.
 */
export function wishOf(text: string, lang: Lang): Wish {
  const rest = text.trim().replace(/^\/?diagnose(?:\s+|$)/i, '');
  const option = /^(?:--|—|–)lang[ =](en|zh)(?:\s+|$)/i.exec(rest);
  const chosen = option === null ? lang : option[1]!.toLowerCase() === 'zh' ? 'zh' : 'en';
  const words = option === null ? rest : rest.slice(option[0].length);
  if (words === '') return { kind: 'start', lang: chosen };
  if (/^(?:-{0,2}help|\?|？|帮助)$/i.test(words)) return { kind: 'help', lang: chosen };
  const answer = /^(?:answer|回答)\s+([\w-]{1,80})(?:\s+([\s\S]*))?$/i.exec(words);
  if (answer === null) return { kind: 'diagnose', lang: chosen, content: words };
  return { kind: 'answer', lang: chosen, session: answer[1]!, ...questionAndText(answer[2] ?? '') };
}

function questionAndText(text: string): { question?: string; text: string } {
  const named = /^\?(\S{1,2000})\s+(\S[\s\S]*)$/.exec(text);
  return named === null ? { text } : { question: named[1]!, text: named[2]! };
}

/** What `wishOf` reads as the answer that a button stands for. */
export function typedAnswer({
  session,
  question,
  value,
}: {
  session: string;
  question: string;
  value: string;
}): string {
  return `answer ${session} ?${question} ${value}`;
}

/** Which choice a text names, by its value, its words, or its number from 1. */
export function choiceNamed(question: AskedQuestion, text: string): string | undefined {
  const plain = text.normalize('NFKC').trim().toLowerCase();
  const named = question.choices.find((choice) =>
    [choice.value, choice.text].some((each) => each.toLowerCase() === plain),
  );
  const number = /^(\d{1,3})[.)]?$/.exec(plain);
  return named?.value ?? (number === null ? undefined : question.choices[Number(number[1]) - 1]?.value);
}
