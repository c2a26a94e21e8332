import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { objectLimits } from '../cli/dataset-image.ts';
import { deidentify } from '../cli/deidentification.ts';
import { pixelElement } from '../cli/picture.ts';
import { ScansideError } from '../device/errors.ts';
import { keysOf } from '../device/keys.ts';
import { allowList } from '../models/dataset/confidentiality.ts';
import { type DataSet, readDataSet } from '../runtime/dicom/data-set.ts';
import { encodeDataSet } from '../runtime/dicom/data-set-writer.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { formatTag, tags } from '../runtime/dicom/tag.ts';
import { allStrings } from '../runtime/dicom/value.ts';
import { describeWith, describeWithShared } from './outside.ts';

const profile = {
  keys: keysOf(Buffer.alloc(32, 7)),
  site: '',
  dates: 'shift',
  characteristics: true,
  picturesChecked: true,
} as const;

const folders = ['charset', 'cr-dx', 'ct', 'multiframe', 'ts'];
const damaged = ['malformed', 'fuzz'];

let temporary: string;

beforeAll(() => {
  temporary = fs.mkdtempSync(join(tmpdir(), 'scanside-deidentified-'));
});

afterAll(() => {
  fs.rmSync(temporary, { recursive: true });
});

function samplesIn(shared: string, names: string[]): string[] {
  return names.flatMap((name) => {
    const root = join(shared, 'samples', 'dicom', name);
    const found = fs.readdirSync(root, { recursive: true, encoding: 'utf8' });
    return found.map((path) => join(root, path)).filter((path) => fs.statSync(path).isFile());
  });
}

/** The result, or undefined where the sample is refused for a reason of the catalogue. */
function tryOn(path: string): Uint8Array | undefined {
  try {
    return deidentify(fs.readFileSync(path), profile).file;
  } catch (error) {
    if (error instanceof ScansideError && error.kind === 'caller') return undefined;
    throw error;
  }
}

function open(file: Uint8Array): DataSet {
  const { transferSyntaxUid, dataSet } = readPart10(file);
  return readDataSet(dataSet, transferSyntaxUid, objectLimits);
}

/** VRs of what people write, and of what names people, places and moments. */
const telling = new Set([
  'AE',
  'DA',
  'DT',
  'LO',
  'LT',
  'PN',
  'SH',
  'ST',
  'UC',
  'UI',
  'UN',
  'UR',
  'UT',
]);
/** UIDs that the standard gives are nobody's, and neither are measures. */
const harmless = /^1\.2\.840\.10008\.|^-?\d{1,6}\.\d+$/;

/** Every telling text of an object that de-identification should not have kept, with its place. */
function tellingTexts(dataSet: DataSet): [place: string, text: string][] {
  return [...dataSet.elements.values()].flatMap(({ tag, vr, items = [] }): [string, string][] => {
    const deeper = items.flatMap(tellingTexts);
    const kind = allowList.get(tag)?.treatment.kind;
    if (!telling.has(vr) || kind === 'terms' || kind === 'vendor') return deeper;
    const texts = allStrings(dataSet, tag, []).flatMap((text) => text.split(/[\^=]/));
    const long = texts.filter((text) => text.trim().length >= 5 && !harmless.test(text.trim()));
    return [...deeper, ...long.map((text): [string, string] => [formatTag(tag), text.trim()])];
  });
}

/** The result without its picture, as one text. */
function headerOf(file: Uint8Array): string {
  const elements = new Map(open(file).elements);
  const pixels = pixelElement({ elements, littleEndian: true });
  if (pixels) elements.delete(pixels.tag);
  const data = encodeDataSet({ elements, littleEndian: true });
  const meta = file.subarray(0, file.length - readPart10(file).dataSet.length);
  return Buffer.concat([meta, data]).toString('latin1').toLowerCase();
}

/** Words of the objects that are also terms, or our own words. */
const common =
  /^(chest|head|brain|abdomen|original|primary|axial|anonymous|philips|siemens|toshiba|fujifilm)$/i;

describeWithShared('de-identified samples', (shared) => {
  it('hold nothing that they held before', () => {
    const results = samplesIn(shared, folders).flatMap((path) => {
      const file = tryOn(path);
      return file ? [{ path, file }] : [];
    });
    expect(results.length).toBeGreaterThan(40);
    const left = results.flatMap(({ path, file }) => {
      const header = headerOf(file);
      return tellingTexts(open(fs.readFileSync(path)))
        .filter(([, text]) => !common.test(text) && header.includes(text.toLowerCase()))
        .map(([place, text]) => `${basename(path)} ${place} ${text}`);
    });
    expect(left).toEqual([]);
  });

  it('are made, or refused with a reason, where they are damaged or hostile', () => {
    const files = samplesIn(shared, damaged);
    const made = files.filter((path) => tryOn(path) !== undefined);
    expect(files.length).toBeGreaterThan(300);
    expect(made.length).toBeGreaterThan(5);
  });
});

describeWith(
  ['dcmdump', 'dcmdjpeg', 'dcmdjpls', 'dcmdrle'],
  'de-identified samples before DCMTK',
  () => {
    const decoders: Record<string, string> = {
      '1.2.840.10008.1.2.4.50': 'dcmdjpeg',
      '1.2.840.10008.1.2.4.51': 'dcmdjpeg',
      '1.2.840.10008.1.2.4.57': 'dcmdjpeg',
      '1.2.840.10008.1.2.4.70': 'dcmdjpeg',
      '1.2.840.10008.1.2.4.80': 'dcmdjpls',
      '1.2.840.10008.1.2.4.81': 'dcmdjpls',
      '1.2.840.10008.1.2.5': 'dcmdrle',
    };

    /** Pixel data as DCMTK decodes them, little endian; undefined where it cannot. */
    function decode(path: string): Uint8Array | undefined {
      const { transferSyntaxUid } = readPart10(fs.readFileSync(path));
      const program = decoders[transferSyntaxUid] ?? 'dcmconv';
      const plain = join(temporary, 'plain.dcm');
      try {
        execFileSync(program, [path, plain], { stdio: 'ignore' });
        execFileSync('dcmconv', ['+te', plain, plain], { stdio: 'ignore' });
      } catch {
        return undefined;
      }
      return pixelElement(open(fs.readFileSync(plain)))?.value;
    }

    describeWithShared('and the samples', (shared) => {
      it('are read without a complaint, and show the same picture', () => {
        const compared = samplesIn(shared, folders).filter((path) => {
          const file = tryOn(path);
          if (!file) return false;
          const result = join(temporary, 'result.dcm');
          fs.writeFileSync(result, file);
          execFileSync('dcmdump', ['-q', result]);
          const [before, after] = [decode(path), decode(result)];
          if (!before) return false;
          const length = after?.length ?? 0;
          expect(Buffer.from(before.subarray(0, length)).equals(after ?? before), path).toBe(true);
          expect(length, path).toBeGreaterThan(0);
          expect(open(file).elements.has(tags.PatientIdentityRemoved)).toBe(true);
          return true;
        });
        expect(compared.length).toBeGreaterThan(25);
      });
    });
  },
);
