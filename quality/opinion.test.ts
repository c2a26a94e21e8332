import { expect, it } from 'vitest';
import { figureText } from './figure.ts';
import { countOpinions, type Opinion, sumUpOpinions } from './opinion.ts';

const say = (exam: string, opinion: Opinion['opinion'], at = 0): Opinion => ({
  exam,
  opinion,
  role: 'technologist',
  at,
});

it('opinions on flags are summed up as what they are', () => {
  const flagged = ['a', 'b', 'c', 'd', 'd'];
  const opinions = [
    say('a', 'agree', 9),
    say('a', 'disagree', 1),
    say('b', 'disagree'),
    say('x', 'agree'),
  ];
  const { flags, commented, agreed } = sumUpOpinions(flagged, opinions);
  expect(flags).toBe(4);
  expect(commented).toMatchObject({ value: 0.5, n: 4 });
  expect(agreed).toMatchObject({ value: 0.5, n: 2, insufficient: true });
});

it('no opinion is no agreement', () => {
  expect(figureText(sumUpOpinions(['a'], []).agreed)).toBe('not estimable (n = 0)');
  expect(figureText(sumUpOpinions([], []).commented)).toBe('not estimable (n = 0)');
});

it('exams are counted by what was said of them, each once', () => {
  const opinions = [
    say('a', 'agree'),
    say('a', 'agree'),
    say('a', 'disagree'),
    say('b', 'disagree'),
  ];
  expect(countOpinions(opinions)).toEqual({ agree: 1, disagree: 2 });
});
