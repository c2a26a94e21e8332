import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { ScansideError } from '../device/errors.ts';
import {
  type DataSet,
  type ReadLimits,
  headerLimits,
  readDataSet,
  readHeader,
} from '../runtime/dicom/data-set.ts';
import { type Part10, readPart10 } from '../runtime/dicom/part10.ts';
import { formatTag, tags } from '../runtime/dicom/tag.ts';
import { allStrings, characterSets, firstString } from '../runtime/dicom/value.ts';
import { describeWith, describeWithShared } from './outside.ts';

const objectLimits: ReadLimits = {
  bytes: 64 << 20,
  elements: 100_000,
  depth: 16,
  valueLength: 16 << 20,
};

const requestedProcedureCodeSequence = 0x0032_1064;

const sound = ['charset', 'cr-dx', 'ct', 'multiframe', 'ts'];
const unsound = ['malformed', 'fuzz'];

/** Not a data set, not a Part 10 file, or compressed as a whole. */
const notSamples = ['FileInfo.txt', 'CR-MONO1-10-chest.dcm', 'RG3_UNC.dcm.zst'];

function samplesIn(shared: string, folders: string[]): string[] {
  return folders.flatMap((folder) => {
    const root = join(shared, 'samples', 'dicom', folder);
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    return names.map((name) => join(root, name)).filter((path) => statSync(path).isFile());
  });
}

function soundSamples(shared: string): string[] {
  return samplesIn(shared, sound).filter((path) => !notSamples.includes(basename(path)));
}

function readBoth({ transferSyntaxUid, dataSet }: Part10): DataSet {
  const header = readHeader(dataSet, transferSyntaxUid, headerLimits, true);
  const whole = readDataSet(dataSet, transferSyntaxUid, objectLimits);
  if (header.state === 'more') throw new Error('asks for more at the end');
  for (const [tag, element] of header.dataSet.elements)
    expect(element).toEqual(whole.elements.get(tag));
  return whole;
}

describeWithShared('data sets of other makers', (shared) => {
  it.each(soundSamples(shared).map((path) => [basename(path), path]))(
    'are read: %s',
    (_name, path) => {
      expect(readBoth(readPart10(readFileSync(path))).elements.size).toBeGreaterThan(0);
    },
  );

  it('are read, or refused with the catalogue’s error, where they are damaged or hostile', () => {
    const files = samplesIn(shared, unsound);
    const refused = files.filter((path) => isRefused(readFileSync(path)));
    expect(files.length).toBeGreaterThan(300);
    expect(refused.length).toBeGreaterThan(50);
    expect(refused.length).toBeLessThan(files.length / 2);
  });
});

describeWithShared('character sets of items', (shared) => {
  it.each(['chrSQEncoding.dcm', 'chrSQEncoding1.dcm'])('are their own or inherited: %s', (name) => {
    const path = join(shared, 'samples', 'dicom', 'charset', name);
    const whole = readBoth(readPart10(readFileSync(path)));
    const item = whole.elements.get(requestedProcedureCodeSequence)?.items?.[0];
    if (!item) throw new Error('no item');
    const own = characterSets(item);
    const charset = own.length > 0 ? own : characterSets(whole);
    expect(firstString(item, tags.PatientName, charset)).toBe('ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう');
  });
});

/** Any other error than the catalogue's fails the test. */
function isRefused(file: Uint8Array): boolean {
  try {
    readBoth(readPart10(file));
    return false;
  } catch (error) {
    if (error instanceof ScansideError && error.code === 'DATA_SET_UNREADABLE') return true;
    throw error;
  }
}

/** The Japanese sets by escape sequence are beyond DCMTK's own conversion. */
function convertible(shared: string): string[] {
  return samplesIn(shared, ['charset']).filter((path) => /chr(?!H3|Jap|SQ).*\.dcm$/.test(path));
}

const compared = [
  'SOPInstanceUID',
  'Modality',
  'PatientID',
  'StudyDate',
  'PhotometricInterpretation',
  'PatientWeight',
  'StudyInstanceUID',
] as const;

/** What dcmdump says of the given attributes, by tag. */
function dump(path: string, wanted: number[], options: string[]): Map<number, string[]> {
  const search = wanted.flatMap((tag) => ['+P', formatTag(tag).slice(1, -1)]);
  const output = execFileSync('dcmdump', [...options, '+L', '-q', ...search, path], {
    encoding: 'utf8',
  });
  return new Map(wanted.map((tag) => [tag, valuesIn(output, tag)]));
}

function valuesIn(output: string, tag: number): string[] {
  const line = output.split('\n').find((each) => each.startsWith(formatTag(tag).toLowerCase()));
  const value = /^\S+ \S+ \[(.*?) *\]/.exec(line ?? '')?.[1];
  return value?.split('\\').map((each) => each.replace(/^[\0 ]+|[\0 ]+$/g, '')) ?? [];
}

function expectSame(path: string, wanted: number[], options: string[]): void {
  const whole = readBoth(readPart10(readFileSync(path)));
  const ours = new Map(wanted.map((tag) => [tag, allStrings(whole, tag)]));
  expect([path, ours]).toEqual([path, dump(path, wanted, options)]);
}

describeWith(['dcmdump'], 'data sets beside DCMTK', () => {
  describeWithShared('and the samples', (shared) => {
    it('have the same values', () => {
      const wanted = compared.map((keyword) => tags[keyword]);
      for (const path of soundSamples(shared)) expectSame(path, wanted, []);
    });

    it('have the same names in every character set that DCMTK converts', () => {
      const paths = convertible(shared);
      expect(paths.length).toBeGreaterThan(10);
      for (const path of paths) expectSame(path, [tags.PatientName], ['+U8']);
    });
  });
});
