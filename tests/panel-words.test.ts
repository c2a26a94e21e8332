import { describe, expect, it } from 'vitest';
import { languages } from '../panel/settings.ts';
import { catalogueOf } from '../panel/view/words/catalogue.ts';
import { adviceIn, diagnosisIn, promiseIn } from './panel-never-show.ts';

describe.each(languages)('the words in %s', (language) => {
  const catalogue = Object.entries(catalogueOf(language));
  /** What is said of an exam; the device's own remedies and disclaimers are said of the device. */
  const ofExams = catalogue.filter(([id]) =>
    /^(list\.(?!delivery)|exam\.(outcome|tier|act)|acts\.)/.test(id),
  );

  it('promise nothing (N1), in all areas', () => {
    const promise = promiseIn(language);
    const ofDoubt = catalogue.filter(([id]) => id !== 'list.reason.uncertain');
    expect(ofDoubt.filter(([, text]) => promise(text))).toEqual([]);
    expect(ofDoubt.length).toBeGreaterThan(300);
  });

  it('tell no finding as a fact (N4)', () => {
    const diagnosis = diagnosisIn(language);
    expect(ofExams.filter(([, text]) => diagnosis(text))).toEqual([]);
    expect(catalogueOf(language)['list.flagged']).toMatch(/suspected|Verdacht|sospecha|疑い/i);
  });

  it('give no advice for a patient (N5)', () => {
    const advised = adviceIn(language);
    expect(ofExams.filter(([, text]) => advised(text))).toEqual([]);
  });
});
