import { describe, expect, it } from 'vitest';
import { cohenKappa, fleissKappa } from '../models/evaluation/kappa.ts';
import { seededRandom } from '../models/phantom/random.ts';
import { makeSampleCases } from '../tests/statistics/sample-cases.ts';
import { isKnown } from './figure.ts';
import { agreementOfAll, compareReaders, findMajority, type Reading } from './reader-agreement.ts';

const seed = 1971;
const options = { seed, replicates: 200 };
const { readers } = makeSampleCases();
const readings = readers.flatMap((labels, at) =>
  labels.map((label, reader): Reading => ({ exam: `e${at}`, reader: `r${reader}`, label })),
);

describe('readers', () => {
  it('are compared two by two on what both have read', () => {
    const pairs = compareReaders([...readings, { exam: 'once', reader: 'r0', label: 1 }]);
    expect(pairs.map(({ readers: names }) => names.join())).toEqual(['r0,r1', 'r0,r2', 'r1,r2']);
    const table = [0, 1].map((one) =>
      [0, 1].map((other) => readers.filter(([a, b]) => a === one && b === other).length),
    );
    expect(pairs[0]?.kappa).toEqual({ ...cohenKappa(table), n: 300, insufficient: false });
  });

  it('are compared all together on what everybody has read', () => {
    const counts = readers.map((row) => [0, 1].map((x) => row.filter((each) => each === x).length));
    const figure = agreementOfAll([...readings, { exam: 'once', reader: 'r0', label: 1 }], options);
    if (!isKnown(figure)) throw new Error(figure.notEstimable);
    expect(figure.value).toBe(fleissKappa(counts));
    expect(figure.n).toBe(300);
    expect(figure.low).toBeLessThan(figure.value);
    expect(figure.high).toBeGreaterThan(figure.value);
  });

  it('that always say the same, or have read nothing together, give no figure', () => {
    const same = (['a', 'b'] as const).map((reader): Reading => ({ exam: 'x', reader, label: 0 }));
    expect(compareReaders(same)[0]?.kappa).toEqual({ notEstimable: 'all 1 answers are the same' });
    expect(agreementOfAll(same, options)).toEqual({ notEstimable: 'all 1 answers are the same' });
    expect(agreementOfAll([], options)).toEqual({ notEstimable: 'n = 0' });
    const apart: Reading[] = [
      { exam: 'x', reader: 'a', label: 0 },
      { exam: 'y', reader: 'b', label: 1 },
    ];
    expect(compareReaders(apart)[0]?.kappa).toEqual({ notEstimable: 'n = 0' });
    expect(agreementOfAll(apart, options)).toEqual({ notEstimable: 'n = 0' });
  });

  it('decide by majority, and leave open what has none', () => {
    const said = (exam: string, ...labels: (0 | 1)[]) =>
      labels.map((label, at): Reading => ({ exam, reader: String(at), label }));
    const all = [
      ...said('yes', 1, 1, 0),
      ...said('no', 0, 0),
      ...said('even', 0, 1),
      ...said('one', 1),
    ];
    expect([...findMajority(all, 2)]).toEqual([
      ['yes', 1],
      ['no', 0],
      ['even', 'open'],
      ['one', 'open'],
    ]);
  });

  it('may correct themselves', () => {
    const corrected: Reading[] = [
      ...readings,
      { ...readings[0]!, label: readings[0]!.label === 1 ? 0 : 1 },
    ];
    const [before] = compareReaders(readings);
    const [after] = compareReaders(corrected);
    expect(after).not.toEqual(before);
    expect(after).toMatchObject({ kappa: { n: 300 } });
  });
});

describe(`the interval of all readers, seed ${seed}`, () => {
  it('covers the kappa of very many exams in 93 to 97 %', () => {
    const random = seededRandom(seed, 'readers');
    const draw = (exams: number) =>
      Array.from({ length: exams }, (_, at) => {
        const truth = random.chance(0.4);
        return ['a', 'b', 'c'].map((reader): Reading => {
          const label = random.chance(0.85) === truth ? 1 : 0;
          return { exam: String(at), reader, label };
        });
      }).flat();
    const truth = agreementOfAll(draw(20_000), { seed, replicates: 1 });
    if (!isKnown(truth)) throw new Error(truth.notEstimable);
    const rounds = 300;
    let covered = 0;
    for (let round = 0; round < rounds; round++) {
      const figure = agreementOfAll(draw(150), { seed: round, replicates: 150 });
      covered += Number(isKnown(figure) && figure.low <= truth.value && truth.value <= figure.high);
    }
    expect(covered / rounds).toBeGreaterThanOrEqual(0.93);
    expect(covered / rounds).toBeLessThanOrEqual(0.97);
  });
});
