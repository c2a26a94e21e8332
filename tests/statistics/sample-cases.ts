import { writeCsv } from '../../models/evaluation/csv.ts';
import type { Label } from '../../models/evaluation/sample.ts';
import { seededRandom } from '../../models/phantom/random.ts';

/** Made-up cases of two models and three readers, with many ties, on which every figure can be computed. */
export interface SampleCases {
  patients: string[];
  labels: Label[];
  first: number[];
  second: number[];
  /** By case, the three readers' answers. */
  readers: Label[][];
}

const cases = 300;

/** Uniform numbers alone, rounded to hundredths: the same on every machine, and full of ties. */
export function makeSampleCases(): SampleCases {
  const random = seededRandom(20, 'statistics');
  const hundredths = (value: number) => Math.min(99, Math.max(1, Math.round(value))) / 100;
  const drawn = Array.from({ length: cases }, (_, at) => {
    const patient = `p${Math.floor(at / 3) * 2 + (at % 3 === 0 ? 0 : 1)}`;
    const label: Label = random.chance(0.4) ? 1 : 0;
    const base = 20 * label + random.uniform(0, 75);
    const reader = (): Label => (random.chance(0.15) ? (label === 1 ? 0 : 1) : label);
    return {
      patient,
      label,
      first: hundredths(base + random.uniform(-15, 15)),
      second: hundredths(base + 10 * label + random.uniform(-25, 25)),
      readers: [reader(), reader(), reader()],
    };
  });
  return {
    patients: drawn.map(({ patient }) => patient),
    labels: drawn.map(({ label }) => label),
    first: drawn.map(({ first }) => first),
    second: drawn.map(({ second }) => second),
    readers: drawn.map(({ readers }) => readers),
  };
}

/** The cases as a table for the reference programs. */
export function sampleTable({ patients, labels, first, second, readers }: SampleCases): string {
  const columns = ['patient', 'label', 'first', 'second', 'reader1', 'reader2', 'reader3'];
  const records = labels.map((label, at) => ({
    patient: patients[at] ?? '',
    label: String(label),
    first: String(first[at]),
    second: String(second[at]),
    reader1: String(readers[at]?.[0]),
    reader2: String(readers[at]?.[1]),
    reader3: String(readers[at]?.[2]),
  }));
  return writeCsv(columns, records);
}
