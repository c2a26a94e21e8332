import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemoInstance } from '../demo/demo-cases.ts';
import {
  makePhantomInstance,
  type PhantomInstance,
  type PhantomInstanceRequest,
} from '../demo/phantom-study.ts';
import { headerLimits, readDataSet } from '../runtime/dicom/data-set.ts';
import { readPart10, writePart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstInteger, firstString } from '../runtime/dicom/value.ts';
import { describeWith, findProgram } from './outside.ts';

const plain = {
  seed: 3,
  size: 64,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
} as const;

/** As it would lie on a disk. */
function asFile(made: PhantomInstance): Uint8Array {
  return writePart10(made, made.dataSet);
}

type Variant = Partial<PhantomInstanceRequest>;

const encodings: Variant[] = (['DX', 'CR'] as const).flatMap((modality) =>
  (['MONOCHROME1', 'MONOCHROME2'] as const).flatMap((photometric) =>
    ([8, 12, 16] as const).map((bits) => ({ modality, photometric, bits })),
  ),
);

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-phantom-'));
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

describe('a phantom object', () => {
  it('is the same, byte by byte, for the same request in any order', () => {
    const made = makePhantomInstance({ ...plain, modality: 'CR' });
    expect(makePhantomInstance({ modality: 'CR', ...plain })).toEqual(made);
  });

  it('has another identity for another picture', () => {
    const uids = encodings.map((variant) => makePhantomInstance({ ...plain, ...variant }));
    const distinct = new Set(uids.map(({ sopInstanceUid }) => sopInstanceUid));
    expect(distinct.size).toBe(encodings.length);
  });

  it('says the same in its data set as beside it', () => {
    const made = makePhantomInstance({ ...plain, bits: 8, photometric: 'MONOCHROME1' });
    const limits = { ...headerLimits, bytes: 1 << 20 };
    const dataSet = readDataSet(made.dataSet, made.transferSyntaxUid, limits);
    expect(firstString(dataSet, tags.SOPClassUID)).toBe(made.sopClassUid);
    expect(firstString(dataSet, tags.SOPInstanceUID)).toBe(made.sopInstanceUid);
    expect(firstString(dataSet, tags.StudyInstanceUID)).toBe(made.studyInstanceUid);
    expect(firstString(dataSet, tags.SeriesInstanceUID)).toBe(made.seriesInstanceUid);
    expect(firstString(dataSet, tags.PatientName)).toBe('DEMO^TEST');
    expect(firstInteger(dataSet, tags.BitsStored)).toBe(8);
    expect(dataSet.elements.get(tags.PixelData)?.value).toHaveLength(64 * 64);
  });

  it('becomes a file that is read back as what it was', () => {
    const made = makePhantomInstance(plain);
    const { transferSyntaxUid, dataSet } = readPart10(asFile(made));
    expect(transferSyntaxUid).toBe(made.transferSyntaxUid);
    expect(Buffer.from(dataSet).equals(made.dataSet)).toBe(true);
  });
});

describe('make:study', () => {
  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [join(import.meta.dirname, '..', 'demo', 'make-study.ts'), ...args],
      {
        encoding: 'utf8',
      },
    );

  it('writes the same files for the same seed', () => {
    const [one, other] = [join(folder, 'one'), join(folder, 'other')];
    expect(run('--out', one, '--count', '2', '--seed', '8').status).toBe(0);
    expect(run('--out', other, '--count', '2', '--seed', '8').status).toBe(0);
    const names = ['study-0001.dcm', 'study-0002.dcm'];
    expect(fs.readdirSync(one).sort()).toEqual(names);
    for (const name of names)
      expect(fs.readFileSync(join(one, name)).equals(fs.readFileSync(join(other, name)))).toBe(
        true,
      );
  });

  it.each([
    [['--count', '2'], '--out is missing'],
    [['--out', 'x', '--count', '-'], '--count must be a whole number'],
    [['--out', 'x', '--colour'], '--colour'],
  ])('refuses %j and says how it is used', (args, message) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage:');
  });

  it('explains itself', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--seed') });
  });
});

describeWith(['dciodvfy'], 'dciodvfy', () => {
  function complaints(bytes: Uint8Array): string[] {
    const path = join(folder, 'object.dcm');
    fs.writeFileSync(path, bytes);
    const { stderr, stdout } = spawnSync(findProgram('dciodvfy') ?? '', [path], {
      encoding: 'utf8',
    });
    const lines = `${stdout}${stderr}`.split('\n');
    expect(lines.join('\n')).toMatch(/^(DXImageForPresentation|CRImage|CTImage)$/m);
    return lines.filter((line) => /^(Error|Warning)/.test(line));
  }

  it.each<Variant>([
    ...encodings,
    { viewPosition: 'AP' },
    { viewPosition: 'LL' },
    { bodyPart: 'ABDOMEN' },
    { modality: 'CT' },
  ])('has nothing to say about %j', (variant) => {
    expect(complaints(asFile(makePhantomInstance({ ...plain, ...variant })))).toEqual([]);
  });

  it('has nothing to say about any kind of demonstration study', () => {
    for (let at = 0; at < 7; at++)
      expect(complaints(asFile(makeDemoInstance(1, at))), `study ${at}`).toEqual([]);
  });
});
