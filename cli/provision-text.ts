import type { CheckRecord } from '../provisioning/session/journal.ts';
import type { SessionEvent } from '../provisioning/session/session.ts';
import { factWords, stateWords } from '../provisioning/report/words.ts';

/** What a check has found, for people: a line, and under it what is wrong and what to do. */
export function checkText({ title, state, code, cause, next, facts }: CheckRecord): string {
  const found = state === 'fail' || state === 'warn' ? '' : factWords(facts);
  const line = `  ${stateWords[state].padEnd(12)}${title}${found ? `  (${found})` : ''}`;
  const why = cause === undefined ? [] : [`${' '.repeat(14)}${code ? `${code}: ` : ''}${cause}`];
  const what = next === undefined ? [] : [`${' '.repeat(14)}Next: ${next}`];
  return [line, ...why, ...what].join('\n');
}

/** An event of a session in words; undefined where there is nothing to say. */
export function eventText(said: SessionEvent): string | undefined {
  if (said.event === 'step-begun') return `\n${said.title} [${said.step}]`;
  return said.event === 'check' ? checkText(said.check) : undefined;
}
