import { afterAll, describe, expect, it } from 'vitest';
import { createCompareCommand } from '../../cli/model-compare.ts';
import { createEvaluateCommand } from '../../cli/model-evaluate.ts';
import { disk } from '../../device/files.ts';
import { makeWorkplace, run, scoreTable } from './command-line.ts';

const place = makeWorkplace();
afterAll(place.remove);

const command = createCompareCommand({ files: disk });
const compare = (...args: string[]) => run(command, ...args, '--bootstrap', '200');
const first = place.write('first.csv', scoreTable('first'));
const second = place.write('second.csv', scoreTable('second'));

describe('model compare', () => {
  it('finds a model not inferior to itself', async () => {
    const { code, out } = await compare(first, first, '--gate');
    expect(code).toBe(0);
    expect(out).toContain('No flag differs.');
    expect(out).toContain('Verdict: non-inferior');
  });

  it('ends with 3 where a gate is asked for and the verdict is no pass', async () => {
    const args = [second, first, '--threshold-candidate', '0.7'];
    expect((await compare(...args)).code).toBe(0);
    const { code, out } = await compare(...args, '--gate');
    expect(code).toBe(3);
    expect(out).toContain('FINDING LOST');
    expect(out).toContain('Verdict: inferior');
  });

  it('reads a report of an evaluation, and its threshold', async () => {
    const unused = async () => Promise.reject(new Error('no bundle is evaluated here'));
    const evaluate = createEvaluateCommand({ files: disk, openScorer: unused });
    const out = place.path('evaluation');
    await run(
      evaluate,
      '--scores',
      first,
      '--threshold',
      '0.4',
      '--bootstrap',
      '200',
      '--out',
      out,
    );
    const { code, out: text } = await compare(place.path('evaluation/report.json'), second);
    expect(code).toBe(0);
    expect(text).toContain('reference evaluation/report.json, threshold 0.4');
  });

  it('writes a page and its numbers, the same for the same seed', async () => {
    for (const name of ['a', 'b'])
      await compare(first, second, '--subgroups', 'sex', '--out', place.path(name));
    for (const name of ['comparison.html', 'comparison.json'])
      expect(place.read(`b/${name}`)).toBe(place.read(`a/${name}`));
    expect(JSON.parse(place.read('a/comparison.json')).comparison.subgroups).toHaveLength(2);
  });

  it.each([
    ['no file', [], 2, 'Name two files'],
    ['three files', ['a', 'b', 'c'], 2, 'Name two files'],
    ['an unknown option', [first, second, '--margin', '1'], 2, 'Usage:'],
    ['a file that is not there', [first, place.path('none.csv')], 1, 'no such file'],
    ['a JSON that is no report', [first, place.write('x.json', '{}')], 1, 'is no report.json'],
    ['a report cut short', [first, place.write('y.json', '{')], 1, 'is not JSON'],
    [
      'other cases',
      [first, place.write('o.csv', 'file,patient,label,score\nq,p,1,1\n')],
      1,
      'lacks the case',
    ],
  ])('refuses %s', async (_, args, code, message) => {
    const result = await compare(...args);
    expect(result.error).toContain(message);
    expect(result.code).toBe(code);
  });
});
