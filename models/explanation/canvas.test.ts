import { describe, expect, it } from 'vitest';
import { wrap } from './canvas.ts';

describe('a text in lines', () => {
  it('is cut at its spaces', () => {
    expect(wrap('not for primary diagnosis', 11)).toEqual(['not for', 'primary', 'diagnosis']);
    expect(wrap('not for primary', 80)).toEqual(['not for primary']);
  });

  it('loses nothing of a word that is longer than a line', () => {
    expect(wrap('a chestdemonstration 1.2', 6)).toEqual(['a', 'chestd', 'emonst', 'ration', '1.2']);
  });
});
