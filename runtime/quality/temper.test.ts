import { describe, expect, it } from 'vitest';
import type { Conclusion } from '../../models/outcome.ts';
import { fallbackStates } from '../../quality/fallback.ts';
import { temperConclusion } from './temper.ts';

const flagged: Conclusion = { state: 'flagged', analysed: [], findings: [], missed: [] };
const noFlag: Conclusion = { state: 'no-flag', analysed: [], findings: [], missed: [] };
const outside: Conclusion = {
  state: 'not-analysed',
  reason: 'outside-validated-domain',
  detail: 'unlike',
};

describe('what a trusted model says', () => {
  it.each(['normal', 'watch', 'previous'] as const)('stays as it is in %s', (state) => {
    expect(temperConclusion(flagged, state, false)).toBe(flagged);
    expect(temperConclusion(noFlag, state, false)).toBe(noFlag);
  });
});

describe('what a model says that is trusted less', () => {
  it('is marked where it is a flag, and never raised to one', () => {
    expect(temperConclusion(flagged, 'restricted', false)).toEqual({
      ...flagged,
      secondLook: true,
    });
    expect(temperConclusion(noFlag, 'restricted', false)).toBe(noFlag);
  });

  it('is not said while it is paused', () => {
    for (const said of [flagged, noFlag])
      expect(temperConclusion(said, 'paused', false)).toMatchObject({
        state: 'not-analysed',
        reason: 'drift-fallback',
      });
  });

  it('hides no flag that stands on the same exam', () => {
    expect(temperConclusion(flagged, 'paused', true)).toEqual({ ...flagged, secondLook: true });
    expect(temperConclusion(noFlag, 'paused', true)).toMatchObject({ state: 'not-analysed' });
  });
});

it('keeps its own reason where there is no answer', () => {
  for (const state of fallbackStates) expect(temperConclusion(outside, state, true)).toBe(outside);
});
