import { describe, expect, it } from 'vitest';
import { readTruth } from './case-table.ts';
import { readCsv } from './csv.ts';
import { readTrained, refuseTornPatients, refuseTrained } from './leakage.ts';

const truths = (text: string) =>
  readTruth('t.csv', readCsv('t.csv', text), { label: 'label', patient: 'patient', positive: [] });

describe('leakage', () => {
  const cases = truths('file,patient,label,part\na,p,1,test\nb,q,0,test\nc,q,1,test\n');

  it('refuses patients that were trained on and says how many', () => {
    const trained = readTrained(
      'train.csv',
      readCsv('train.csv', 'patient,x\nq,1\nr,1\n'),
      'patient',
    );
    expect(() => refuseTrained(cases, trained)).toThrow(
      'row 3: patient "q" was trained on, as were those of 2 of 3 cases',
    );
    expect(() => refuseTrained(cases, new Set(['r']))).not.toThrow();
  });

  it('reads a list without a header of that name', () => {
    expect(readTrained('l.csv', readCsv('l.csv', 'name\nq\n'), 'patient')).toEqual(new Set(['q']));
    expect(() => readTrained('l.csv', readCsv('l.csv', 'a,b\nq,1\n'), 'patient')).toThrow(
      'no column "patient"',
    );
  });

  it('refuses a patient in two parts', () => {
    const torn = truths('file,patient,label,part\na,p,1,train\nb,q,0,test\nc,p,1,test\n');
    expect(() => refuseTornPatients(torn)).toThrow(
      'row 4: patient "p" is in "test" and in "train"',
    );
    expect(() => refuseTornPatients(cases)).not.toThrow();
  });
});
