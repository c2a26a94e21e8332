import { describe, expect, it } from 'vitest';
import { type Dataset, type DatasetItem, parseDataset, sealDataset } from './dataset.ts';
import { leaks, repetitions } from './leakage.ts';

const digest = (digit: string): string => digit.repeat(64);

function item(number: number, change: Partial<DatasetItem> = {}): DatasetItem {
  return {
    file: `instances/2.25.${number}.dcm`,
    sha256: digest('a'),
    pixels: number.toString(16).padStart(64, '0'),
    sopInstanceUid: `2.25.${number}`,
    patient: `p${number}`,
    labels: { finding: 1 },
    source: { file: `${number}.jpg`, sha256: number.toString(16).padStart(64, 'b') },
    ...change,
  };
}

function dataset(items: DatasetItem[]): Dataset {
  return sealDataset({
    schema: 1,
    name: 'test',
    version: '1.0.0',
    created: '2026-01-05',
    sources: [{ name: 'Nobody', statement: 'Made up.', licence: 'None' }],
    items,
  });
}

describe('a data set', () => {
  const sealed = dataset([item(2), item(1)]);

  it('is read as it was sealed, its items in order', () => {
    expect(parseDataset(JSON.stringify(sealed))).toEqual(sealed);
    expect(sealed.items.map(({ patient }) => patient)).toEqual(['p1', 'p2']);
  });

  it('has the same hash for the same content in any order, on any day', () => {
    const other = sealDataset({ ...sealed, created: '2026-02-01', items: [item(1), item(2)] });
    expect(other.hash).toBe(sealed.hash);
    expect(dataset([item(1), item(2, { labels: {} })]).hash).not.toBe(sealed.hash);
  });

  it.each<[string, string, RegExp]>([
    ['changed by hand', JSON.stringify(sealed).replace('"p1"', '"p9"'), /was changed/],
    ['with an unknown key', JSON.stringify({ ...sealed, extra: 1 }), /extra/],
    ['of another schema', JSON.stringify({ ...sealed, schema: 2 }), /schema/],
    ['with a file elsewhere', JSON.stringify(dataset([item(1, { file: '../x' })])), /items.0.file/],
    ['that is no JSON', '{', /not JSON/],
  ])('is refused %s', (_how, text, message) => {
    expect(() => parseDataset(text)).toThrow(message);
  });
});

describe('leakage', () => {
  const train = { part: 'train' } as const;
  const test = { part: 'test' } as const;

  it('is not there where every patient is in one part', () => {
    expect(leaks([item(1, train), item(2, train), item(3, test), item(4)], false)).toEqual([]);
  });

  it.each<[string, Partial<DatasetItem>]>([
    ['patient p1', { patient: 'p1' }],
    ['SOP instance 2.25.1', { sopInstanceUid: '2.25.1' }],
    ['picture', { pixels: item(1).pixels }],
    ['original file', { source: item(1).source }],
  ])('of a %s is found, with a file of each part', (what, shared) => {
    const found = leaks([item(1, train), item(2, { ...test, ...shared })], false);
    expect(found).toEqual([expect.stringContaining(what)]);
    expect(found[0]).toMatch(/train \(.*2\.25\.1\.dcm\) and test \(.*2\.25\.2\.dcm\)/);
  });

  it('is found between folds, and of a site where sites were to stay whole', () => {
    const folds = [item(1, { fold: 0 }), item(2, { fold: 1, patient: 'p1' })];
    expect(leaks(folds, false)).toEqual([expect.stringContaining('is in folds 0')]);
    const sites = [item(1, { ...train, site: 's' }), item(2, { ...test, site: 's' })];
    expect(leaks(sites, false)).toEqual([]);
    expect(leaks(sites, true)).toEqual([expect.stringContaining('site s')]);
  });
});

describe('repetition', () => {
  it('is harmless within a patient that has one label', () => {
    const again = item(2, { patient: 'p1', pixels: item(1).pixels });
    const [found] = repetitions([item(1), again, item(3)]);
    expect(found).toMatchObject({ harmless: true, extra: [again] });
    expect(found?.sentence).toBe('1.jpg and 2.jpg are the same picture');
  });

  it.each<[string, Partial<DatasetItem>]>([
    ['of another patient', {}],
    ['with another label', { patient: 'p1', labels: { finding: 0 } }],
  ])('is not harmless %s', (_how, change) => {
    const again = item(2, { ...change, pixels: item(1).pixels });
    expect(repetitions([item(1), again])).toMatchObject([{ harmless: false }]);
  });
});
