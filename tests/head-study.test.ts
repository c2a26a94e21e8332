import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHeadCase, makeHeadSeries } from '../demo/head-study.ts';
import { scanHead } from '../models/phantom/head/scan.ts';
import { storeHeadSlice } from '../models/phantom/head/stored-slice.ts';
import { type DataSet, headerLimits, readDataSet } from '../runtime/dicom/data-set.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstString } from '../runtime/dicom/value.ts';
import { describeWith, findProgram } from './outside.ts';

const plain = {
  seed: 3,
  size: 64,
  slices: 5,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
} as const;

/** A seed whose gantry is tilted. */
const tilted = {
  ...plain,
  seed: [1, 2, 3, 4, 5, 6].find((seed) => scanHead({ ...plain, seed }).protocol.tilt > 0) ?? 0,
};

const imagePosition = 0x00200032;
const imageOrientation = 0x00200037;

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-head-'));
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

function read(made: { dataSet: Uint8Array; transferSyntaxUid: string }): DataSet {
  return readDataSet(made.dataSet, made.transferSyntaxUid, { ...headerLimits, bytes: 1 << 20 });
}

function numbers(dataSet: DataSet, tag: number): number[] {
  const value = dataSet.elements.get(tag)?.value;
  return Buffer.from(value as Uint8Array)
    .toString('latin1')
    .split('\\')
    .map(Number);
}

describe('a head series', () => {
  it('is the same, byte by byte, for the same request', () => {
    expect([...makeHeadSeries(plain)]).toEqual([...makeHeadSeries({ ...plain })]);
  });

  it('is one series of as many images as slices, each with an identity of its own', () => {
    const made = [...makeHeadSeries(plain)];
    expect(made).toHaveLength(5);
    expect(new Set(made.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(5);
    expect(new Set(made.map(({ seriesInstanceUid }) => seriesInstanceUid)).size).toBe(1);
    const other = [...makeHeadSeries({ ...plain, bleeds: ['subdural'] })];
    expect(other[0]?.sopInstanceUid).not.toBe(made[0]?.sopInstanceUid);
  });

  it('stores what the phantom shows', () => {
    const [first] = makeHeadSeries(plain);
    const pixels = read(first ?? never()).elements.get(tags.PixelData)?.value as Uint8Array;
    const stored = storeHeadSlice(scanHead(plain).slice(0)).values;
    expect(Array.from(new Uint16Array(pixels.slice().buffer))).toEqual(Array.from(stored));
  });

  it.each([
    ['level', plain],
    ['tilted', tilted],
  ])('climbs by the spacing along the couch when %s', (_, request) => {
    const { protocol } = scanHead(request);
    const sets = [...makeHeadSeries(request)].map(read);
    const positions = sets.map((set) => numbers(set, imagePosition));
    for (let at = 1; at < positions.length; at++) {
      const [one = [], other = []] = [positions[at - 1], positions[at]];
      expect(other[0]).toBe(one[0]);
      expect(other[1]).toBe(one[1]);
      expect((other[2] ?? 0) - (one[2] ?? 0)).toBeCloseTo(protocol.spacing, 3);
    }
    const orientation = numbers(sets[0] ?? never(), imageOrientation);
    expect(Math.hypot(...orientation.slice(3))).toBeCloseTo(1, 4);
    expect(Math.asin(orientation[5] ?? 0)).toBeCloseTo((protocol.tilt * Math.PI) / 180, 4);
  });

  it('says that it is simulated', () => {
    const [first] = makeHeadCase(1, 0, { size: 32, slices: 1 });
    const set = read(first ?? never());
    expect(firstString(set, tags.PatientName)).toBe('DEMO^INTRAPARENCHYMAL');
    expect(firstString(set, 0x0008103e)).toContain('simulated');
    expect(firstString(set, 0x00080070)).toBe('Scanside phantom');
  });
});

function never(): never {
  throw new Error('the series is empty');
}

describe('make:study --kind head', () => {
  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [join(import.meta.dirname, '..', 'demo', 'make-study.ts'), ...args],
      {
        encoding: 'utf8',
      },
    );

  it('refuses another kind', () => {
    const { status, stderr } = run('--out', folder, '--kind', 'knee');
    expect(status).toBe(2);
    expect(stderr).toContain('--kind must be chest or head');
  });

  it('is explained', () => {
    expect(run('--help').stdout).toContain('--kind KIND');
  });
});

describeWith(['dciodvfy'], 'dciodvfy', () => {
  it('has nothing to say about any slice of any case', () => {
    const path = join(folder, 'slice.dcm');
    const cases = [0, 1, 2, 3, 4, 5, 6].map((at) => makeHeadCase(1, at, { size: 32, slices: 2 }));
    for (const made of [...cases, makeHeadSeries(tilted)].flatMap((series) => [...series])) {
      fs.writeFileSync(path, writePart10(made, made.dataSet));
      const { stdout, stderr } = spawnSync(findProgram('dciodvfy') ?? '', [path], {
        encoding: 'utf8',
      });
      const lines = `${stdout}${stderr}`.split('\n');
      expect(lines).toContain('CTImage');
      expect(lines.filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
    }
  });
});
