import { describe, expect, it } from 'vitest';
import { certainty, everyOutcome, exam, forbiddenWord } from '../tests/panel-source.ts';
import { chooseTab, outcomeWords, tabCounts, tabs, tabsOf } from './words.ts';

describe('outcomeWords', () => {
  it('gives every kind its own shape and words', () => {
    const kinds = everyOutcome().map((view) => outcomeWords(view).kind);
    expect(kinds).toEqual(['pending', 'flagged', 'not-analysed', 'no-flag', 'quarantined']);
    const titles = everyOutcome().map((view) => outcomeWords(view).title);
    expect(new Set(titles).size).toBe(kinds.length);
  });

  it('says a flag as a suspicion, whether or not the label already does', () => {
    const labels = ['Suspected opacity', 'effusion'];
    const words = outcomeWords(exam({ outcome: { state: 'flagged', labels, missed: 0 } }));
    expect(words.title).toBe('FLAGGED: suspected opacity, effusion');
    expect(words.note).toBe('');
  });

  it('says which part of a flagged exam was not analysed', () => {
    const words = outcomeWords(exam({ outcome: { state: 'flagged', labels: ['x'], missed: 2, withdrawn: false } }));
    expect(words.note).toBe('2 images of this exam not analysed.');
  });

  it('never lets the absence of a flag stand alone', () => {
    const words = outcomeWords(exam({ outcome: { state: 'no-flag', findingsChecked: 1 } }));
    expect(words.title).toBe('No flag raised by AI. Not a negative finding.');
    expect(words.note).toBe('AI looked for 1 kind of finding and nothing else.');
  });

  it('gives the reason and the consequence of no analysis', () => {
    const outcome = { state: 'not-analysed', reason: 'timeout', text: 'Too long' } as const;
    expect(outcomeWords(exam({ outcome }))).toMatchObject({
      sign: '?',
      title: 'NOT ANALYSED: Too long',
      note: 'The radiologist will read it in the usual order.',
    });
  });

  it('tells a quarantined object from an exam, whatever its outcome', () => {
    const pending = outcomeWords(exam({ state: 'quarantined' }));
    expect(pending).toMatchObject({
      kind: 'quarantined',
      title: 'NOT ANALYSED, KEPT ASIDE: The object cannot be read',
    });
  });

  it('promises nothing and rates nothing', () => {
    const said = everyOutcome().map((view) => JSON.stringify(outcomeWords(view)));
    const empty = tabs.map((tab) => tab.empty);
    expect([...said, ...empty].flatMap((text) => forbiddenWord(text) ?? [])).toEqual([]);
    expect(said.flatMap((text) => certainty(text) ?? [])).toEqual([]);
    expect(forbiddenWord('all clear')).toBe('clear');
    expect(certainty('97 % sure')).toBe('7 %');
  });
});

describe('tabs', () => {
  it('lists flags and what was not analysed to look at, and everything under today', () => {
    const listed = Object.fromEntries(everyOutcome().map((view) => [view.id, tabsOf(view)]));
    expect(listed).toEqual({
      receiving: ['all'],
      flagged: ['look', 'all'],
      'out-of-scope': ['look', 'all', 'not-analysed'],
      'no-flag': ['all'],
      quarantined: ['look', 'all', 'not-analysed'],
    });
  });

  it('counts, but never says 0', () => {
    expect(tabCounts(everyOutcome())).toEqual({ look: '3', all: '5', 'not-analysed': '2' });
    expect(tabCounts([exam()])).toEqual({ look: '', all: '1', 'not-analysed': '' });
    expect(tabCounts([])).toEqual({ look: '', all: '', 'not-analysed': '' });
  });

  it('takes anything unknown for all of today', () => {
    const asked = ['look', 'not-analysed', 'all', 'x', undefined, ['look', 'all']];
    expect(asked.map(chooseTab)).toEqual(['look', 'not-analysed', 'all', 'all', 'all', 'all']);
  });
});
