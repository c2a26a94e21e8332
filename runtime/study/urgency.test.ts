import { expect, test } from 'vitest';
import { judgeUrgency, type UrgencyInstance, type UrgencyRules, whyStat } from './urgency.ts';

const image = (change: Partial<UrgencyInstance['facts']> = {}): UrgencyInstance => ({
  facts: {
    modality: 'CT',
    bodyPart: 'HEAD',
    requestedPriority: '',
    sending: { callingAeTitle: 'CT1', priority: 0 },
    ...change,
  },
});
const sent = (priority: number | undefined) =>
  image({ sending: { callingAeTitle: 'CT1', priority } });
const scanner: UrgencyRules = { fromScanner: true, rules: [] };
const deaf: UrgencyRules = { fromScanner: false, rules: [] };
const ruled = (...rules: UrgencyRules['rules']): UrgencyRules => ({ fromScanner: true, rules });

test.each<[string, UrgencyInstance, UrgencyRules, string | undefined]>([
  ['medium', sent(0), scanner, undefined],
  ['low', sent(2), scanner, undefined],
  ['no priority', sent(undefined), scanner, undefined],
  ['high', sent(1), scanner, 'sent with high priority'],
  ['high, where scanners are not believed', sent(1), deaf, undefined],
  ['requested STAT', image({ requestedPriority: 'STAT' }), scanner, 'requested as STAT'],
  ['requested routine', image({ requestedPriority: 'ROUTINE' }), scanner, undefined],
  ['requested STAT, not believed', image({ requestedPriority: 'STAT' }), deaf, undefined],
  ['a rule', image(), ruled({ modality: 'CT', bodyPart: 'HEAD' }), 'by a rule of this site'],
  ['a rule that holds in part', image(), ruled({ modality: 'CT', bodyPart: 'CHEST' }), undefined],
  [
    'one of two rules',
    image(),
    ruled({ modality: 'DX' }, { callingAeTitle: 'CT1' }),
    'by a rule of this site',
  ],
])('%s', (_title, instance, rules, why) => {
  expect(whyStat(instance, rules)).toBe(why);
});

test.each([
  [true, 0, 'stat'],
  [true, 9999, 'stat'],
  [false, 100, 'routine'],
  [false, 101, 'reprocess'],
])('STAT %s, %d ms after it has come: %s', (isStat, age, urgency) => {
  expect(judgeUrgency(isStat, age, 100)).toBe(urgency);
});
