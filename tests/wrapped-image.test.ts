import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headerLimits, readDataSet } from '../runtime/dicom/data-set.ts';
import { type ImageFacts, wrapJpeg } from '../runtime/dicom/image-writer.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstInteger, firstString } from '../runtime/dicom/value.ts';
import { makeJpeg } from './jpeg-bytes.ts';
import { describeWith, describeWithShared, findProgram } from './outside.ts';

const greys = [0, 3, -3, 61, -64, 1, 0, 5, 60, 59, -2, 7];
const size = { rows: 20, columns: 28 };
const grey = makeJpeg({ ...size, greys });
const least: ImageFacts = { source: 'test', patient: 'person1' };
const known: ImageFacts = {
  ...least,
  ageYears: 7,
  sex: 'F',
  view: 'AP',
  burnedInAnnotation: 'NO',
  institution: 'Site 1',
};

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-wrapped-'));
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

describe('a wrapped JPEG', () => {
  const { file, sopInstanceUid } = wrapJpeg(grey, known);
  const { dataSet, transferSyntaxUid } = readPart10(file);
  const read = readDataSet(dataSet, transferSyntaxUid, headerLimits);

  it('holds the file unchanged, padded to an even length', () => {
    const [offsets, picture] = read.elements.get(tags.PixelData)?.fragments ?? [];
    expect(offsets).toHaveLength(0);
    expect(Buffer.from(picture ?? []).subarray(0, grey.length)).toEqual(grey);
  });

  it('says what is known of it', () => {
    expect(firstString(read, tags.PatientAge)).toBe('007Y');
    expect(firstString(read, tags.PatientID)).toBe('person1');
    expect(firstString(read, tags.LossyImageCompression)).toBe('01');
    expect([firstInteger(read, tags.Rows), firstInteger(read, tags.Columns)]).toEqual([20, 28]);
    expect(firstString(read, tags.SOPInstanceUID)).toBe(sopInstanceUid);
  });

  it('claims nothing that is not known', () => {
    const { dataSet, transferSyntaxUid } = readPart10(wrapJpeg(grey, least).file);
    const { elements } = readDataSet(dataSet, transferSyntaxUid, headerLimits);
    for (const tag of [tags.PatientAge, tags.BurnedInAnnotation, tags.InstitutionName])
      expect(elements.has(tag)).toBe(false);
  });

  it('is the same for the same facts, and another for another patient, source or exam', () => {
    expect(wrapJpeg(grey, { ...known })).toEqual(wrapJpeg(grey, known));
    const others = [{ patient: 'person2' }, { source: 'other' }, { exam: '2' }];
    const uids = others.map((change) => wrapJpeg(grey, { ...known, ...change }).sopInstanceUid);
    expect(new Set([sopInstanceUid, ...uids]).size).toBe(4);
  });
});

const variants: [string, ImageFacts][] = [
  ['CRImage', least],
  ['CRImage', known],
  ['CRImage', { ...known, view: 'LL', pixelSpacing: 0.2 }],
  ['DXImageForPresentation', { ...known, pixelSpacing: 0.2 }],
  [
    'DXImageForPresentation',
    { ...known, view: 'PA', pixelSpacing: 0.143, taken: { date: '20260105', time: '080000' } },
  ],
];

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  fs.writeFileSync(path, bytes);
  return path;
}

/** What DCMTK decodes, 8 bits a pixel, rows one after another. */
function decode(file: Uint8Array): Uint8Array {
  const [wrapped, plain] = [write('wrapped.dcm', file), join(folder, 'plain.dcm')];
  execFileSync('dcmdjpeg', [wrapped, plain]);
  const { dataSet, transferSyntaxUid } = readPart10(fs.readFileSync(plain));
  const read = readDataSet(dataSet, transferSyntaxUid, { ...headerLimits, bytes: 1 << 24 });
  return read.elements.get(tags.PixelData)!.value;
}

describeWith(['dciodvfy'], 'a wrapped JPEG before dciodvfy', () => {
  it.each(variants)('is a %s without a fault: %j', (kind, facts) => {
    const path = write('object.dcm', wrapJpeg(grey, facts).file);
    const { stderr } = spawnSync(findProgram('dciodvfy') ?? '', [path], { encoding: 'utf8' });
    expect(stderr).toContain(kind);
    const unknown = 'needed to build DICOMDIR';
    const found = stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line));
    expect(found.filter((line) => !line.includes(unknown))).toEqual([]);
  });
});

describeWith(['dcmdjpeg'], 'a wrapped JPEG before DCMTK', () => {
  it.each([
    ['grey', grey],
    ['with empty colour', makeJpeg({ ...size, greys, chrominance: 0 })],
  ])('shows the greys that were put in: %s', (_what, jpeg) => {
    const pixels = decode(wrapJpeg(jpeg, known).file);
    for (let row = 0; row < size.rows; row++)
      for (let column = 0; column < size.columns; column++) {
        const grey = greys[(row >> 3) * 4 + (column >> 3)]!;
        const shown = Math.min(255, Math.max(0, 128 + 2 * grey));
        expect(pixels[row * size.columns + column], `${row}, ${column}`).toBe(shown);
      }
  });

  describeWithShared('and radiographs', (shared) => {
    it('can be decoded', () => {
      for (const place of ['cxr-kermany/images/NORMAL', 'cxr-nih/images']) {
        const images = join(shared, 'data', place);
        for (const name of fs.readdirSync(images).slice(0, 5)) {
          const { file } = wrapJpeg(fs.readFileSync(join(images, name)), known);
          expect(decode(file).length).toBeGreaterThan(50_000);
        }
      }
    });
  });
});
