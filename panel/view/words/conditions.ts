import { type ConditionEntry, conditions, type ConditionId } from '../../../device/conditions.ts';
import { german } from './conditions/german.ts';
import { japanese } from './conditions/japanese.ts';
import { spanish } from './conditions/spanish.ts';

/** What is so, and what to do. */
export type ConditionTexts = readonly [text: string, remedy: string];

type Key = ConditionId | `${ConditionId}.remedy`;

const english = Object.fromEntries(
  Object.entries<ConditionEntry>(conditions).map(([id, { text, remedy }]) => [id, [text, remedy]]),
) as Record<string, ConditionTexts> as Record<ConditionId, ConditionTexts>;

/** Words of the device's conditions; the English ones are the table's own. */
export const conditionWords = {
  en: {
    ...flatten(english),
    'priority.high': 'HIGH',
    'priority.medium': 'MEDIUM',
    'priority.low': 'LOW',
  },
  de: {
    ...flatten(german),
    'priority.high': 'HOCH',
    'priority.medium': 'MITTEL',
    'priority.low': 'NIEDRIG',
  },
  es: {
    ...flatten(spanish),
    'priority.high': 'ALTA',
    'priority.medium': 'MEDIA',
    'priority.low': 'BAJA',
  },
  ja: {
    ...flatten(japanese),
    'priority.high': '高',
    'priority.medium': '中',
    'priority.low': '低',
  },
};

function flatten(texts: Record<ConditionId, ConditionTexts>): Record<Key, string> {
  const pairs = Object.entries(texts).flatMap(([id, [text, remedy]]) => [
    [id, text],
    [`${id}.remedy`, remedy],
  ]);
  return Object.fromEntries(pairs) as Record<Key, string>;
}
