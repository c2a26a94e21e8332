import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluateCommand } from '../../cli/model-evaluate.ts';
import { disk } from '../../device/files.ts';
import type { Evaluation } from '../../models/evaluation/evaluation.ts';
import type { Scorer, ScorerAnswer } from '../../models/evaluation/scorer.ts';
import { makeWorkplace, run, scoreTable } from './command-line.ts';

const place = makeWorkplace();
afterAll(place.remove);

/** Answers by the number in the file's name. */
function makeScorer(closed: string[]): Scorer {
  return {
    model: {
      name: 'chest-x',
      version: '2.0.0',
      hash: 'ab'.repeat(32),
      status: 'demo',
      notice: 'Drawn by a computer.',
      thresholds: { nodule: 0.3, effusion: 0.6 },
    },
    async score(file): Promise<ScorerAnswer> {
      const number = Number(/(\d+)\.dcm$/.exec(file)?.[1]);
      const scores = [{ finding: 'nodule', probability: (number % 100) / 100 }];
      if (number % 20 === 0)
        return { state: 'not-analysed', reason: 'out-of-distribution', detail: file, scores };
      return { state: 'analysed', scores };
    },
    close: async () => void closed.push('closed'),
  };
}

const closed: string[] = [];
const command = createEvaluateCommand({ files: disk, openScorer: async () => makeScorer(closed) });
const evaluate = (...args: string[]) => run(command, ...args, '--bootstrap', '200');
const scores = place.write('scores.csv', scoreTable('first'));

describe('model evaluate, from a table of scores', () => {
  it('prints a table', async () => {
    const { code, out, error } = await evaluate('--scores', scores, '--subgroups', 'sex,age');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toMatch(/300 cases of 200 patients, \d+ with the finding/);
    expect(out).toMatch(/sensitivity +0\.\d{3} +0\.\d{3}–0\.\d{3}/);
    expect(out).toMatch(/age 40-64 +\d+\/\d+/);
    expect(out).toContain('threshold 0.5 (by default; nobody has set it beforehand), seed 1');
  });

  it('writes a report that it can read again, the same for the same seed', async () => {
    const args = ['--scores', scores, '--threshold', '0.4', '--prevalence', '0.05', '--out'];
    expect((await evaluate(...args, place.path('one'))).code).toBe(0);
    expect((await evaluate(...args, place.path('two'))).code).toBe(0);
    for (const name of ['report.html', 'report.json', 'scores.csv'])
      expect(place.read(`two/${name}`)).toBe(place.read(`one/${name}`));
    const report: Evaluation = JSON.parse(place.read('one/report.json'));
    const again = await evaluate(
      '--scores',
      place.path('one/scores.csv'),
      '--threshold',
      '0.4',
      '--json',
    );
    expect(JSON.parse(again.out).decided).toEqual(report.decided);
  });

  it('joins truth and prediction from two tables', async () => {
    const truth = place.write('truth.csv', 'file,label\na,1\nb,0\nc,1\nd,0\n');
    const pred = place.write('pred.csv', 'file,score\nd,0.1\nc,0.9\nb,0.2\na,0.8\n');
    const { code, out } = await evaluate('--truth', truth, '--pred', pred, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).decided.auc.value).toBe(1);
  });

  it.each([
    [0, 'sensitivity>=0.5'],
    [3, 'sensitivity>=0.99'],
    [3, 'age:sensitivity>=0'],
  ])('ends with %i for the gate %s', async (expected, gate) => {
    const { code } = await evaluate('--scores', scores, '--gate', gate, '--subgroups', 'age');
    expect(code).toBe(expected);
  });

  it('takes a part of the split, and refuses patients that were trained on', async () => {
    const table = scoreTable('first').split('\r\n');
    const part = (row: string) => (/,p\d*[02468],/.test(row) ? 'validation' : 'train');
    const rows = table.slice(1, -1).map((row) => `${row},${part(row)}`);
    const split = place.write('split.csv', [`${table[0]},part`, ...rows, ''].join('\r\n'));
    const { code, out } = await evaluate('--scores', split, '--split', 'validation', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out).counts.cases).toBe(100);
    const train = place.write('train.csv', 'patient\np0\n');
    const leak = await evaluate('--scores', split, '--split', 'validation', '--train', train);
    expect(leak.code).toBe(1);
    expect(leak.error).toContain('row 2: patient "p0" was trained on, as were those of 1 of 100');
  });

  it('deals patients out as the data sets are', async () => {
    const args = ['--scores', scores, '--split-seed', 'chest-1', '--json', '--split'];
    const counts = async (part: string): Promise<[number, string[]]> => {
      const { out } = await evaluate(...args, part, '--split-parts', '50/30/20');
      const { cases, source }: Evaluation = JSON.parse(out);
      expect(source.description).toBe(`scores.csv, part ${part} of the split chest-1 (50/30/20)`);
      return [cases.length, cases.map(({ patient }) => patient)];
    };
    const [[train, one], [validation, two], [test, three]] = [
      await counts('train'),
      await counts('validation'),
      await counts('test'),
    ];
    expect(train + validation + test).toBe(300);
    expect(train).toBeGreaterThan(validation);
    expect(new Set([...one, ...two, ...three]).size).toBe(
      new Set(one).size + new Set(two).size + new Set(three).size,
    );
  });

  it('measures masks where the table has their areas', async () => {
    const columns = 'file,label,score,mask-predicted,mask-truth,mask-both';
    const text = (last: string) =>
      `${columns}\na,1,0.9,10,10,5\nb,1,0.8,20,20,${last}\nc,0,0.1,,,\n`;
    const { out } = await evaluate('--scores', place.write('masks.csv', text('20')), '--json');
    const { masks }: Evaluation = JSON.parse(out);
    expect(masks).toMatchObject({ cases: 2, dice: { value: 0.75 } });
    expect(masks?.iou.value).toBeCloseTo((1 + 1 / 3) / 2, 12);
    const wrong = await evaluate('--scores', place.write('wrong.csv', text('21')));
    expect(wrong.error).toContain('row 3: mask-predicted, mask-truth, mask-both are no areas');
  });

  it.each([
    ['NaN', 'file,label,score\na,1,0.5\nb,0,nan\n', 'bad.csv, row 3: the score "nan"'],
    ['one class', 'file,label,score\na,1,0.5\nb,1,0.4\n', 'every case has the finding'],
    ['an open quote', 'file,label,score\n"a,1,0.5\n', 'bad.csv, row 2: a quote is open'],
    ['no label', 'file,label,score\na,,0.5\n', 'bad.csv, row 2: the label "label" is missing'],
    ['a percentage', 'file,label,score\na,1,50\nb,0,1\n', 'row 2: the score 50 is no probability'],
  ])('refuses %s with the remedy', async (_, text, message) => {
    const { code, out, error } = await evaluate('--scores', place.write('bad.csv', text));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toContain(message);
    expect(error).toContain('Correct the row');
  });

  it.each([
    ['no input', []],
    ['two inputs', ['--scores', 'a', '--truth', 'b']],
    ['half an input', ['--truth', 'a']],
    ['an unknown option', ['--score', 'a']],
    ['a seed that is none', ['--scores', scores, '--seed', 'x']],
    ['a prevalence of 5', ['--scores', scores, '--prevalence', '5']],
    ['a gate on beauty', ['--scores', scores, '--gate', 'beauty>=1']],
    ['a seed of a split without a part', ['--scores', scores, '--split-seed', 'x']],
    [
      'a split of 110 %',
      ['--scores', scores, '--split', 'test', '--split-seed', 'x', '--split-parts', '90/10/10'],
    ],
    ['ranks without a threshold', ['--scores', scores, '--ranks']],
  ])('ends with 2 for %s', async (_, args) => {
    const { code, error } = await run(command, ...args);
    expect(code).toBe(2);
    expect(error).toContain('Usage: scanside model evaluate');
  });

  it('ends with 1 where there is no such file or column', async () => {
    expect((await evaluate('--scores', place.path('none.csv'))).code).toBe(1);
    const { code, error } = await evaluate('--scores', scores, '--subgroups', 'height');
    expect(code).toBe(1);
    expect(error).toContain('no column "height"');
  });

  it('explains itself', async () => {
    const { code, out } = await run(command, '--help');
    expect(code).toBe(0);
    expect(out).toContain('Exit code: 0 done, 1 failed, 2 called wrongly, 3 a gate was missed.');
  });
});

describe('model evaluate, from images', () => {
  const rows = Array.from(
    { length: 100 },
    (_, at) => `image-${at + 1}.dcm,${at >= 50 ? 'Nodule|Mass' : 'No Finding'}`,
  );
  const labels = place.write('labels.csv', `file,findings\n${rows.join('\n')}\n`);
  const input = ['--bundle', 'b', '--images', 'i', '--labels', labels];
  const asked = ['--label-column', 'findings', '--positive', 'Nodule', '--finding', 'nodule'];

  it('asks the model about each, at the bundle’s threshold, and counts what it does not answer', async () => {
    const { code, out } = await evaluate(...input, ...asked, '--json');
    expect(code).toBe(0);
    const evaluation: Evaluation = JSON.parse(out);
    expect(evaluation.question).toMatchObject({ threshold: 0.3, thresholdSource: "the bundle's" });
    expect(evaluation.counts.notAnalysed).toEqual([
      { reason: 'out-of-distribution', cases: 5, positives: 3 },
    ]);
    expect(evaluation.decided.point.sensitivity).toMatchObject({ successes: 47, trials: 47 });
    expect(evaluation.all.sensitivity).toMatchObject({ successes: 47, trials: 50 });
    expect(evaluation.abstention.withheld?.point.sensitivity).toMatchObject({
      successes: 2,
      trials: 3,
    });
    expect(evaluation.source.finding).toBe('nodule (findings is Nodule)');
    expect(evaluation.remarks[0]).toBe('Not for clinical use. Drawn by a computer.');
  });

  it('reads what it has written, with what was kept back', async () => {
    const out = place.path('images');
    const { out: text } = await evaluate(...input, ...asked, '--out', out);
    expect(text).toMatch(/withheld: sensitivity +0\.667/);
    const scores = place.path('images/scores.csv');
    const again = await evaluate('--scores', scores, '--threshold', '0.3', '--json');
    const report: Evaluation = JSON.parse(place.read('images/report.json'));
    expect(JSON.parse(again.out).abstention).toEqual(report.abstention);
  });

  it('closes the model, also where the question is wrong', async () => {
    closed.length = 0;
    const { code, error } = await evaluate(...input, ...asked.slice(0, 4));
    expect(code).toBe(2);
    expect(error).toContain('--finding must be one of nodule, effusion');
    expect(closed).toEqual(['closed']);
  });
});
