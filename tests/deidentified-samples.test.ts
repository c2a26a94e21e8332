import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { objectLimits } from '../cli/dataset-image.ts';
import { deidentify } from '../cli/deidentification.ts';
import { pixelElement } from '../cli/picture.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { ScansideError } from '../device/errors.ts';
import { keysOf } from '../device/keys.ts';
import { allowList } from '../models/dataset/confidentiality.ts';
import { type DataSet, readDataSet } from '../runtime/dicom/data-set.ts';
import { encodeDataSet } from '../runtime/dicom/data-set-writer.ts';
import { readPart10, writePart10 } from '../runtime/dicom/part10.ts';
import { formatTag } from '../runtime/dicom/tag.ts';
import { allStrings } from '../runtime/dicom/value.ts';
import { describeWith, describeWithShared, findProgram } from './outside.ts';

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
      '1.2.840.10008.1.2': 'dcmconv',
      '1.2.840.10008.1.2.1': 'dcmconv',
      '1.2.840.10008.1.2.1.99': 'dcmconv',
      '1.2.840.10008.1.2.2': 'dcmconv',
    };

    /** One sample that is not refused for each transfer syntax that DCMTK decodes. */
    function onePerSyntax(shared: string): [string, string][] {
      const made = samplesIn(shared, folders).flatMap((path): [string, string][] => {
        if (tryOn(path) === undefined) return [];
        return [[readPart10(fs.readFileSync(path)).transferSyntaxUid, path]];
      });
      const decodable = made.filter(([syntax]) => decoders[syntax]);
      return [...new Map(decodable)];
    }

    /** Pixel data as DCMTK decodes them, little endian. */
    function decode(path: string): Uint8Array | undefined {
      const { transferSyntaxUid } = readPart10(fs.readFileSync(path));
      const plain = join(temporary, 'plain.dcm');
      execFileSync(decoders[transferSyntaxUid]!, [path, plain], { stdio: 'ignore' });
      execFileSync('dcmconv', ['+te', plain, plain], { stdio: 'ignore' });
      return pixelElement(open(fs.readFileSync(plain)))?.value;
    }

    describeWithShared('and the samples', (shared) => {
      it.each(onePerSyntax(shared))(
        'are read, and show the same picture: %s %s',
        (_syntax, path) => {
          const result = join(temporary, 'result.dcm');
          fs.writeFileSync(result, tryOn(path)!);
          execFileSync('dcmdump', ['-q', result]);
          const [before, after] = [decode(path), decode(result)];
          expect(after?.length).toBeGreaterThan(0);
          const compared = before?.subarray(0, after?.length) ?? [];
          expect(Buffer.from(compared).equals(after ?? Buffer.of())).toBe(true);
        },
      );
    });
  },
);

describeWith(['dciodvfy'], 'de-identified radiographs before dciodvfy', () => {
  it.each(['DX', 'CR', 'CT'] as const)('are without a fault: %s', (modality) => {
    const patient = { name: 'DEMO^TEST', id: 'DEMO-0000' };
    const request = { seed: 3, size: 64, patient, studyInstanceUid: '2.25.1', modality };
    const made = makePhantomInstance(request);
    const path = join(temporary, 'radiograph.dcm');
    fs.writeFileSync(path, deidentify(writePart10(made, made.dataSet), profile).file);
    const { stderr } = spawnSync(findProgram('dciodvfy') ?? '', [path], { encoding: 'utf8' });
    expect(stderr).toMatch(/^(DXImageForPresentation|CRImage|CTImage)$/m);
    const found = stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line));
    expect(found.filter((line) => !line.includes('needed to build DICOMDIR'))).toEqual([]);
  });
});
