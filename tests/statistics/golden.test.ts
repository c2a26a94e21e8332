import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWith } from '../outside.ts';
import type { Figures } from './named-figures.ts';
import { areaFigures, ourFigures, pairFigures } from './our-figures.ts';
import {
  haemorrhage,
  pythonFigures,
  pythonPrograms,
  rFigures,
  rPrograms,
} from './reference-programs.ts';
import { makeSampleCases } from './sample-cases.ts';

const path = join(import.meta.dirname, 'data', 'golden.json');
const golden: Record<'R' | 'Python', Figures> & { programs: Record<string, string> } = JSON.parse(
  readFileSync(path, 'utf8'),
);
const tolerance = 1e-9;

/** Names and both values of what differs, or is missing, in `ours`. */
function differences(ours: Figures, reference: Figures): string[] {
  return Object.entries(reference)
    .filter(([name, value]) => !(Math.abs((ours[name] ?? Number.NaN) - value) <= tolerance))
    .map(([name, value]) => `${name}: ${ours[name]}, not ${value}`);
}

describe('the statistics of the sample cases', () => {
  it('were computed by known versions', () => {
    const names = ['R', 'pROC', 'numpy', 'scipy', 'sklearn', 'statsmodels'];
    expect(Object.keys(golden.programs)).toEqual(names);
  });

  it.each([
    ['R and pROC', golden.R, 41],
    ['scikit-learn, SciPy and statsmodels', golden.Python, 478],
  ])('are what %s said once', (_, reference, figures) => {
    expect(Object.keys(reference)).toHaveLength(figures);
    expect(differences(ourFigures(makeSampleCases()), reference)).toEqual([]);
  });
});

describeWith(rPrograms, 'R and pROC', () => {
  it('say the same today', () => {
    const figures = rFigures();
    expect(differences(golden.R, figures)).toEqual([]);
    expect(Object.keys(figures)).toEqual(Object.keys(golden.R));
  });
});

describeWith(pythonPrograms, 'scikit-learn, SciPy and statsmodels', () => {
  it('say the same today', () => {
    const figures = pythonFigures();
    expect(differences(golden.Python, figures)).toEqual([]);
    expect(Object.keys(figures)).toEqual(Object.keys(golden.Python));
  });
});

describeWith([...rPrograms, ...pythonPrograms], 'the markers of subarachnoid haemorrhage', () => {
  it('have the areas, intervals and tests that pROC and scikit-learn give', () => {
    const { figures, labels, markers } = haemorrhage();
    const { s100b = [], wfns = [], ndka = [] } = markers;
    const ours = {
      ...areaFigures(labels, markers),
      ...pairFigures('s100b-wfns', labels, s100b, wfns),
      ...pairFigures('s100b-ndka', labels, s100b, ndka),
    };
    expect(labels).toHaveLength(113);
    expect(Object.keys(figures)).toHaveLength(21);
    expect(differences(ours, figures)).toEqual([]);
    expect(ours['s100b-wfns.z']).toBeCloseTo(-2.2089835914, 9);
  });
});
