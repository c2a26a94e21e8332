import { describe, expect, it } from 'vitest';
import { joinCases, type Layout, partCases, readPredictions, readTruth } from './case-table.ts';
import { readCsv } from './csv.ts';

const plain: Layout = { label: 'label', patient: 'patient', positive: [] };

const truth = (text: string, layout = plain) => readTruth('t.csv', readCsv('t.csv', text), layout);
const scores = (text: string) => readPredictions('s.csv', readCsv('s.csv', text), 'probability');

describe('readTruth', () => {
  it('keeps the other columns for subgroups', () => {
    const [only] = truth('file,patient,label,sex,score\na,p,1,F,0.5\n');
    expect(only).toMatchObject({ row: 2, file: 'a', patient: 'p', label: 1 });
    expect(only?.columns).toEqual({ patient: 'p', label: '1', sex: 'F' });
  });

  it('takes every case for a patient where there is no such column', () => {
    const layout = { ...plain, patient: undefined };
    expect(truth('file,label\na,1\n', layout)[0]?.patient).toBe('a');
  });

  it.each([
    ['a whole cell', ['Pneumonia'], [0, 1, 1, 0]],
    ['one of several values', ['No Finding', 'Mass'], [1, 0, 0, 1]],
    ['a regular expression', ['/^pneumo/i'], [0, 1, 0, 0]],
  ])('reads %s as the finding', (_, positive, expected) => {
    const text = 'file,label\n1,No Finding\n2,Pneumonia\n3,Edema|Pneumonia\n4,Mass\n';
    const layout = { label: 'label', positive };
    expect(truth(text, layout).map(({ label }) => label)).toEqual(expected);
  });

  it.each([
    ['a missing label', 'file,patient,label\na,p,1\nb,q,\n', 'row 3: the label "label" is missing'],
    ['a label in words', 'file,patient,label\na,p,yes\n', 'row 2: the label is "yes", not 0 or 1'],
    ['a missing patient', 'file,patient,label\na,,1\n', 'row 2: "patient" is empty'],
    ['a missing file', 'file,patient,label\n,p,1\n', 'row 2: "file" is empty'],
    [
      'a file twice',
      'file,patient,label\na,p,1\nb,p,0\na,p,1\n',
      'row 4: the case "a" is in row 2',
    ],
    ['an unknown column', 'file,label\na,1\n', 'no column "patient"; it has "file", "label"'],
  ])('refuses %s and names the row', (_, text, message) => {
    expect(() => truth(text)).toThrow(message);
  });

  it('refuses what is no regular expression', () => {
    expect(() => truth('file,label\na,1\n', { label: 'label', positive: ['/(/'] })).toThrow(
      'is no regular expression',
    );
  });
});

describe('readPredictions', () => {
  it('reads scores and reasons', () => {
    const text = 'file,score,reason\na,0.25,\nb,,quality\nc,1e-3,\n';
    expect([...scores(text).values()]).toEqual([
      { score: 0.25 },
      { reason: 'quality' },
      { score: 0.001 },
    ]);
  });

  it.each([
    ['NaN', 'file,score\na,0.1\nb,NaN\n', 'row 3: the score "NaN" is no finite number'],
    ['an infinity', 'file,score\na,-inf\n', 'row 2: the score "-inf" is no finite number'],
    ['an infinity by overflow', 'file,score\na,1e999\n', 'row 2: the score "1e999" is no finite'],
    ['a hexadecimal number', 'file,score\na,0x1\n', 'row 2: the score "0x1" is no finite number'],
    ['a decimal comma', 'file,score\na,"0,5"\n', 'row 2: the score "0,5" is no finite number'],
    ['a score above 1', 'file,score\na,1.2\n', 'row 2: the score 1.2 is no probability'],
    ['nothing', 'file,score\na,\n', 'row 2: neither a score nor a reason'],
    ['a case twice', 'file,score\na,0\na,1\n', 'row 3: the case "a" is in row 2 already'],
  ])('refuses %s and names the row', (_, text, message) => {
    expect(() => scores(text)).toThrow(message);
  });

  it('takes any number where the scores are ranks', () => {
    const table = readCsv('s.csv', 'file,score\na,-3.5\n');
    expect(readPredictions('s.csv', table, 'rank').get('a')).toEqual({ score: -3.5 });
  });
});

describe('joinCases', () => {
  const truths = truth('file,patient,label\na,p,1\nb,q,0\n');

  it('parts the decided from the others', () => {
    const cases = joinCases('s.csv', truths, scores('file,score,reason\na,1,\nb,,paused\n'));
    const { decided, abstained } = partCases(cases);
    expect(decided.map(({ file }) => file)).toEqual(['a']);
    expect(abstained.map(({ prediction }) => prediction.reason)).toEqual(['paused']);
  });

  it.each([
    ['no label', 'file,score\na,1\nb,0\nc,1\n', 'the case "c", which has no label'],
    ['no score', 'file,score\na,1\n', 'row 3: s.csv lacks the case "b"'],
  ])('refuses a case with %s', (_, text, message) => {
    expect(() => joinCases('s.csv', truths, scores(text))).toThrow(message);
  });
});
