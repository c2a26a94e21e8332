import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patientNames } from '../demo/patient-name.ts';
import type { StoredImage } from '../models/stored-image.ts';
import type { DataElement } from '../runtime/dicom/data-set.ts';
import { type Attributes, dataSetOf, encodeDataSet } from '../runtime/dicom/data-set-writer.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { firstString } from '../runtime/dicom/value.ts';
import type { HeatmapSource } from '../runtime/report/heatmap.ts';
import { buildPresentationState } from '../runtime/report/presentation-state.ts';
import type { ReportRequest } from '../runtime/report/request.ts';
import { disc, flaggedRequest, keyImage, localising, mapOf } from './fixtures/heatmap.ts';
import { describeWith } from './outside.ts';

const run = promisify(execFile);
const manifest = localising([
  { step: 'crop', fraction: 0.9 },
  { step: 'letterbox', rows: 64, columns: 64 },
]);
const size = { rows: 300, columns: 255 };
const marks = { maps: [mapOf(8, 8, { row: 3, column: 3 })], masks: [] };

/** The image of a state as its modality would have stored it. */
function storedImage(
  request: ReportRequest,
  { header }: HeatmapSource,
  { rows, columns, values, photometric }: StoredImage,
): Uint8Array {
  const [instance] = request.instances;
  const attributes: Attributes = {
    SOPClassUID: instance!.sopClassUid,
    SOPInstanceUID: firstString(header, tags.SOPInstanceUID),
    StudyInstanceUID: firstString(request.source, tags.StudyInstanceUID),
    SeriesInstanceUID: instance!.seriesInstanceUid,
    Modality: instance!.modality,
    SamplesPerPixel: 1,
    PhotometricInterpretation: photometric,
    Rows: rows,
    Columns: columns,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
  };
  const { elements } = dataSetOf(attributes);
  const value = Buffer.from(Uint16Array.from(values).buffer);
  const pixels: DataElement = { tag: tags.PixelData, vr: 'OW', value };
  const all = [...elements.values(), pixels].map((each) => [each.tag, each] as const);
  return encodeDataSet({ elements: new Map(all), littleEndian: true });
}

/** Grey values, row by row, of a binary PGM. */
function readPgm(path: string): {
  columns: number;
  rows: number;
  at(row: number, column: number): number;
} {
  const bytes = readFileSync(path);
  const match = /^P5\s(?:#.*\n)?(\d+) (\d+)\s255\s/.exec(bytes.toString('latin1', 0, 200));
  if (!match) throw new Error('no PGM');
  const [columns, rows] = [Number(match[1]), Number(match[2])];
  const first = match[0].length;
  return { columns, rows, at: (row, column) => bytes[first + row * columns + column]! };
}

describeWith(['dciodvfy', 'dcmp2pgm'], 'presentation states before the validator', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-states-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function writeFiles(modality: string, characterSet: string, rest: Partial<StoredImage>) {
    const request = flaggedRequest(manifest, modality, characterSet);
    const pixels = disc(size, { row: 80, column: 90 }, rest);
    const image = keyImage(request, pixels);
    const object = buildPresentationState(request, image, marks)!;
    const name = `${modality}-${characterSet.replaceAll(/\W/g, '-')}`;
    const [state, source] = [join(folder, `${name}.dcm`), join(folder, `${name}-image.dcm`)];
    const transferSyntaxUid = explicitVrLittleEndian;
    writeFileSync(state, writePart10({ ...object, transferSyntaxUid }, object.dataSet));
    const { sopClassUid } = request.instances[0]!;
    const sopInstanceUid = firstString(image.header, tags.SOPInstanceUID)!;
    const named = { sopClassUid, sopInstanceUid, transferSyntaxUid };
    writeFileSync(source, writePart10(named, storedImage(request, image, pixels)));
    return { state, source };
  }

  const table = Uint16Array.from({ length: 4096 }, (_, at) => at);
  const looks: Partial<StoredImage>[] = [
    {},
    { voi: { centre: 2000, width: 4000, function: 'linear' } },
    { voi: { first: 0, entries: table, bits: 12 } },
    { voi: { first: -1024, entries: table, bits: 12 }, intercept: -1024 },
    { photometric: 'MONOCHROME1' },
    { geometry: { spacing: { rows: 0.7, columns: 0.5, within: 'patient' } } },
    { geometry: { spacing: { rows: 0.2, columns: 0.1, within: 'detector' } } },
  ];

  it('finds no error and no warning', async () => {
    const files = ['CR', 'DX', 'CT'].flatMap((modality) =>
      patientNames.map(({ characterSet }, at) =>
        writeFiles(modality, characterSet, looks[at % looks.length]!),
      ),
    );
    for (const { state } of files) {
      const said = await run('dciodvfy', [state]).catch((failure: { stderr: string }) => failure);
      expect(said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
    }
  }, 600_000);

  it.each<[string, Partial<StoredImage>, number, number]>([
    ['a window', { voi: { centre: 2000, width: 4000, function: 'linear-exact' } }, 64, 191],
    [
      'an inverse',
      { photometric: 'MONOCHROME1', voi: { centre: 2000, width: 4000, function: 'linear-exact' } },
      191,
      64,
    ],
    ['a table', { voi: { first: 0, entries: table, bits: 12 } }, 62, 187],
    ['nothing but its pixels', {}, 0, 255],
  ])(
    'another maker shows the image as it is: %s',
    async (_name, look, ground, dot) => {
      const { state, source } = writeFiles('DX', 'ISO_IR 192', look);
      const shown = join(folder, 'shown.pgm');
      await run('dcmp2pgm', ['-p', state, source, shown]);
      const { rows, columns, at } = readPgm(shown);
      expect([rows, columns]).toEqual([size.rows, size.columns]);
      expect(Math.abs(at(250, 200) - ground)).toBeLessThanOrEqual(2);
      expect(Math.abs(at(80, 90) - dot)).toBeLessThanOrEqual(2);
    },
    60_000,
  );
});
