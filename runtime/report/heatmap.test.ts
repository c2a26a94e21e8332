import { describe, expect, it } from 'vitest';
import type { PreprocessStep } from '../../models/manifest.ts';
import type { ActivationMap } from '../../models/outcome.ts';
import { mapBack, type Point, preprocess } from '../../models/preprocess.ts';
import type { StoredImage } from '../../models/stored-image.ts';
import { disc, flaggedRequest, keyImage, localising, mapOf } from '../../tests/fixtures/heatmap.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { itemsOf, put, putCode } from '../../tests/fixtures/report-edit.ts';
import { type DataSet, readDataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { allStrings, firstNumber, firstString } from '../dicom/value.ts';
import { buildHeatmaps, heatmapSubjects, heatmapWords } from './heatmap.ts';
import { drawBanner } from '../../models/explanation/heatmap-picture.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';
import { captureRules, checkHeatmap } from './rules.ts';

const limits = { bytes: 16 << 20, elements: 10_000, depth: 16, valueLength: 1 << 20 };
const read = (bytes: Uint8Array) => readDataSet(bytes, explicitVrLittleEndian, limits);

const square: PreprocessStep[] = [{ step: 'resize', rows: 64, columns: 64 }];
const flagged = flaggedRequest(localising(square));
const plain = disc({ rows: 200, columns: 300 }, { row: 50, column: 60 });
const corner = mapOf(8, 8, { row: 6, column: 6 });

function built(request: ReportRequest, pixels: StoredImage, map: ActivationMap): Uint8Array {
  const [object] = buildHeatmaps(request, keyImage(request, pixels), [map]);
  if (!object) throw new Error('no heatmap');
  return object.dataSet;
}

/** The image within the capture, and its bytes of red, green and blue by place. */
function shownIn(
  bytes: Uint8Array,
  request: ReportRequest,
  size: { rows: number; columns: number },
) {
  const document = read(bytes);
  const width = firstNumber(document, tags.Columns)!;
  const pixels = document.elements.get(tags.PixelData)!.value;
  const [source] = itemsOf(document, 'SourceImageSequence');
  const uid = firstString(source!, tags.ReferencedSOPInstanceUID);
  const banner = drawBanner(width, heatmapWords(heatmapSubjects(request, uid)[0]!));
  const left = Math.floor((width - size.columns) / 2);
  return (row: number, column: number): [number, number, number] => {
    const at = 3 * ((banner.rows + row) * width + left + column);
    return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
  };
}

/** The centre of gravity of the colour. */
function heatIn(at: ReturnType<typeof shownIn>, size: { rows: number; columns: number }): Point {
  let [total, rows, columns] = [0, 0, 0];
  for (let row = 0; row < size.rows; row++)
    for (let column = 0; column < size.columns; column++) {
      const weight = Math.max(...at(row, column)) - Math.min(...at(row, column));
      total += weight;
      rows += weight * row;
      columns += weight * column;
    }
  return { row: rows / total, column: columns / total };
}

describe('a heatmap', () => {
  const document = read(built(flagged, plain, corner));

  it('breaks no rule, whatever the modality and the character set', () => {
    for (const modality of ['CR', 'DX', 'CT']) {
      const request = flaggedRequest(localising(square), modality, 'GB18030');
      const bytes = built(request, plain, corner);
      expect(checkHeatmap(bytes, request)).toEqual([]);
      expect(firstString(read(bytes), tags.Modality)).toBe(modality);
    }
  });

  it('says what it is, in a series of its own', () => {
    expect(allStrings(document, tags.ImageType)).toEqual(['DERIVED', 'SECONDARY']);
    expect(allStrings(document, tags.PatientOrientation)).toEqual(['L', 'F']);
    expect(firstString(document, tags.DerivationDescription)).toContain(
      'NOT FOR PRIMARY DIAGNOSIS',
    );
    expect(firstString(document, tags.DerivationDescription)).toContain('on 512 to 1024');
    const series = firstString(document, tags.SeriesInstanceUID);
    expect(series).not.toBe(buildReport(flagged).seriesInstanceUid);
    expect(firstNumber(document, tags.Columns)).toBe(512);
  });

  it('is the same, byte for byte, for the same request', () => {
    const again = flaggedRequest(localising(square));
    expect(built(again, plain, corner)).toEqual(built(flagged, plain, corner));
  });

  it('of another map has another instance UID', () => {
    const other = read(built(flagged, plain, mapOf(8, 8, { row: 1, column: 6 })));
    const [one, two] = [document, other].map((each) => firstString(each, tags.SOPInstanceUID));
    expect(one).not.toBe(two);
  });

  it('of an image that has lost something to compression says so', () => {
    const image = keyImage(flagged, plain);
    put(image.header, 'LossyImageCompression', '01');
    put(image.header, 'LossyImageCompressionRatio', '9.5');
    const [object] = buildHeatmaps(flagged, image, [corner]);
    const written = read(object!.dataSet);
    expect(firstString(written, tags.LossyImageCompression)).toBe('01');
    expect(firstString(written, tags.LossyImageCompressionRatio)).toBe('9.5');
    expect(firstString(document, tags.LossyImageCompression)).toBeUndefined();
  });

  it.each([
    ['CHEST', '', '', [undefined, undefined]],
    ['HAND', 'L', '', ['L', undefined]],
    ['HAND', 'L', 'R', ['R', undefined]],
    ['', '', '', [undefined, '']],
  ])(
    'names a side at the image: body part %j, of the series %j, of the image %j',
    (part, series, own, expected) => {
      const image = keyImage(flagged, plain);
      put(image.header, 'BodyPartExamined', part);
      put(image.header, 'Laterality', series);
      put(image.header, 'ImageLaterality', own);
      const [object] = buildHeatmaps(flagged, image, [corner]);
      const { elements } = read(object!.dataSet);
      const found = [tags.ImageLaterality, tags.Laterality].map((tag) => {
        const element = elements.get(tag);
        return element && Buffer.from(element.value).toString().trim();
      });
      expect(found).toEqual(expected);
      expect(checkHeatmap(object!.dataSet, flagged)).toEqual([]);
    },
  );

  it('keeps to 1024 pixels of the longer side of a large image', () => {
    const large = disc({ rows: 2000, columns: 1500 }, { row: 9, column: 9 });
    expect(firstNumber(read(built(flagged, large, corner)), tags.Columns)).toBe(768);
  });

  it('has no more of a patient in its words than the manifest', () => {
    const names = read(built(flagged, plain, corner));
    const other = { ...flagged, source: flaggedRequest(localising(square), 'CR').source };
    const pixels = [names, read(built(other, plain, corner))].map(
      (each) => each.elements.get(tags.PixelData)!.value,
    );
    expect(Buffer.compare(pixels[0]!, pixels[1]!)).toBe(0);
  });
});

describe('no heatmap is built', () => {
  const count = (request: ReportRequest, map = corner) =>
    buildHeatmaps(request, keyImage(flagged, plain), [map]).length;
  const of = (changes: Partial<typeof sampleManifest>) => ({
    ...flagged,
    manifest: { ...localising(square), ...changes },
  });

  it('where the bundle may not say where it reacted, or has no map', () => {
    expect(count(flagged)).toBe(1);
    expect(count(of({ show: sampleManifest.show }))).toBe(0);
    expect(count(of({ explanation: { method: 'none', statement: 'None.' } }))).toBe(0);
    const input = { ...sampleManifest.network.input, kind: 'slab' as const };
    expect(count(of({ network: { ...sampleManifest.network, input } }))).toBe(0);
    expect(count({ ...flagged, manifest: undefined })).toBe(0);
  });

  it('of an image that no flag rests on', () => {
    const { conclusion } = flagged;
    if (conclusion.state !== 'flagged') throw new Error('wrong sample');
    const findings = conclusion.findings.map((finding) => ({ ...finding, key: [] }));
    expect(count({ ...flagged, conclusion: { ...conclusion, findings } })).toBe(0);
    expect(count({ ...flagged, conclusion: { ...conclusion, state: 'no-flag' } })).toBe(0);
    expect(count({ ...flagged, instances: [] })).toBe(0);
  });

  it('of a map of another finding, or one that speaks for nothing', () => {
    expect(count(flagged, { ...corner, finding: 'effusion' })).toBe(0);
    expect(count(flagged, { ...corner, values: corner.values.map((value) => -value) })).toBe(0);
  });

  it('of another frame than the one behind the flag', () => {
    const image = keyImage(flagged, plain);
    expect(buildHeatmaps(flagged, { ...image, frame: 2 }, [corner])).toEqual([]);
    const [object] = buildHeatmaps(flagged, { ...image, frame: 1 }, [corner]);
    expect(checkHeatmap(object!.dataSet, flagged)).toEqual([]);
  });
});

describe('the map over the image', () => {
  const spacing = { rows: 0.8, columns: 0.5, within: 'patient' as const };
  const journeys: [string, PreprocessStep[], Partial<StoredImage>][] = [
    ['resize', [{ step: 'resize', rows: 112, columns: 96 }], {}],
    ['crop', [{ step: 'crop', fraction: 0.7 }], {}],
    ['letterbox', [{ step: 'letterbox', rows: 128, columns: 128 }], {}],
    [
      'crop, resize',
      [
        { step: 'crop', fraction: 0.8 },
        { step: 'resize', rows: 90, columns: 130 },
      ],
      {},
    ],
    [
      'resample, crop, letterbox',
      [
        { step: 'resample', millimetres: 1 },
        { step: 'crop', fraction: 0.9 },
        { step: 'letterbox', rows: 120, columns: 200 },
      ],
      { geometry: { spacing } },
    ],
  ];
  const size = { rows: 300, columns: 400 };
  const dot = { row: 90, column: 270 };

  it.each(journeys)('has a dot that the network saw where it is: %s', (_name, steps, rest) => {
    const image = disc(size, dot, rest);
    const seen = preprocess(image, steps);
    const lowest = Math.min(...seen.values);
    const values = Array.from(seen.values, (value) => value - lowest);
    const { rows, columns } = seen;
    const request = flaggedRequest(localising(steps));
    const map = { finding: 'pneumothorax', rows, columns, values };
    // Pixels of 0.8 by 0.5 mm are shown square.
    const shown = rest.geometry ? { rows: 512, columns: 427 } : { rows: 384, columns: 512 };
    const heat = heatIn(shownIn(built(request, image, map), request, shown), shown);
    const expected = {
      row: ((dot.row + 0.5) * shown.rows) / size.rows - 0.5,
      column: ((dot.column + 0.5) * shown.columns) / size.columns - 0.5,
    };
    expect(Math.hypot(heat.row - expected.row, heat.column - expected.column)).toBeLessThan(2);
  });

  it.each(journeys)(
    'has a cell of a coarse map where mapBack puts it: %s',
    (_name, steps, rest) => {
      const image = disc(size, dot, rest);
      const seen = preprocess(image, steps);
      const request = flaggedRequest(localising(steps));
      const map = mapOf(9, 9, { row: 4, column: 5 });
      const shown = rest.geometry ? { rows: 512, columns: 427 } : { rows: 384, columns: 512 };
      const heat = heatIn(shownIn(built(request, image, map), request, shown), shown);
      const place = mapBack(
        steps,
        { ...size, spacing: rest.geometry?.spacing },
        {
          row: (4.5 * seen.rows) / 9 - 0.5,
          column: (5.5 * seen.columns) / 9 - 0.5,
        },
      );
      const expected = {
        row: ((place.row + 0.5) * shown.rows) / size.rows - 0.5,
        column: ((place.column + 0.5) * shown.columns) / size.columns - 0.5,
      };
      expect(Math.hypot(heat.row - expected.row, heat.column - expected.column)).toBeLessThan(2);
    },
  );

  it('has no colour where the network has not looked, not even over what a letterbox would add', () => {
    const steps: PreprocessStep[] = [
      { step: 'crop', fraction: 0.5 },
      { step: 'letterbox', rows: 128, columns: 128 },
    ];
    const request = flaggedRequest(localising(steps));
    const everywhere = { finding: 'pneumothorax', rows: 2, columns: 2, values: [1, 1, 1, 1] };
    const shown = { rows: 384, columns: 512 };
    const at = shownIn(built(request, disc(size, dot), everywhere), request, shown);
    const coloured = (row: number, column: number) => new Set(at(row, column)).size > 1;
    expect([coloured(95, 256), coloured(97, 256), coloured(287, 256)]).toEqual([false, true, true]);
    expect([coloured(289, 256), coloured(192, 127), coloured(192, 129)]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('the image below the map', () => {
  const shown = { rows: 341, columns: 512 };
  const size = { rows: 200, columns: 300 };
  const dot = { row: 100, column: 150 };
  const greys = (pixels: StoredImage) => {
    const at = shownIn(built(flagged, pixels, corner), flagged, shown);
    return [at(170, 256)[0], at(20, 20)[0]];
  };

  it('is shown by its window', () => {
    const voi = { centre: 2000, width: 4000, function: 'linear-exact' as const };
    expect(greys(disc(size, dot, { voi }))).toEqual([191, 64]);
  });

  it('is turned over in MONOCHROME1', () => {
    const voi = { centre: 2000, width: 4000, function: 'linear-exact' as const };
    expect(greys(disc(size, dot, { voi, photometric: 'MONOCHROME1' }))).toEqual([64, 191]);
  });

  it('may have 16 bits and a rescale', () => {
    const image = disc(size, dot, { range: [0, 65_535], slope: 2, intercept: -1000 });
    const values = image.values.map((value) => value * 20);
    const voi = { centre: 59_000, width: 160_000, function: 'linear-exact' as const };
    expect(greys({ ...image, values, voi })).toEqual([223, 96]);
  });

  it('is shown by what its pixels have where it names no window', () => {
    expect(greys(disc(size, dot, { range: [0, 65_535] }))).toEqual([255, 0]);
  });

  it('may be one in colour', () => {
    const grey = disc(size, dot);
    const values = Float32Array.from({ length: 3 * grey.values.length }, (_, at) =>
      grey.values[Math.floor(at / 3)]! > 2000 ? 200 : 20,
    );
    const range: [number, number] = [0, 255];
    expect(greys({ ...grey, values, range, photometric: 'RGB' })).toEqual([255, 0]);
  });
});

describe('a fault in a heatmap', () => {
  const names = (fault: (document: DataSet) => void, request = flagged) => {
    const document = read(built(flagged, plain, corner));
    fault(document);
    const ids = checkHeatmap(encodeDataSet(document), request).map(({ id }) => id);
    return [...new Set(ids)].filter((id) => id !== 'instance-uid').join(' ');
  };
  const source = (document: DataSet) => itemsOf(document, 'SourceImageSequence')[0]!;

  it.each<[string, string, (document: DataSet) => void]>([
    ['another patient', 'patient-and-study one-patient', (each) => put(each, 'PatientID', 'X')],
    ['another class', 'uid-derived sop-class', (each) => put(each, 'SOPClassUID', '1.2')],
    ['another modality', 'heatmap-modality', (each) => put(each, 'Modality', 'OT')],
    ['an original', 'image-type', (each) => put(each, 'ImageType', ['ORIGINAL', 'PRIMARY'])],
    ['no conversion', 'conversion', (each) => put(each, 'ConversionType', undefined)],
    ['nothing burnt in', 'burned-in', (each) => put(each, 'BurnedInAnnotation', 'NO')],
    [
      'another photometric',
      'heatmap-photometric',
      (each) => put(each, 'PhotometricInterpretation', 'YBR_FULL'),
    ],
    ['no orientation', 'present-attribute', (each) => put(each, 'PatientOrientation', undefined)],
    ['a spacing', 'foreign-attribute', (each) => put(each, 'PixelSpacing', ['1', '1'])],
    [
      'another derivation',
      'derivation',
      (each) => putCode(each, 'DerivationCodeSequence', { CodeValue: '113072' }),
    ],
    [
      'no purpose',
      'source-image',
      (each) => put(source(each), 'PurposeOfReferenceCodeSequence', undefined),
    ],
    [
      'a foreign source',
      'heatmap-modality source-image heatmap-presentation heatmap-labelling banner',
      (each) => put(source(each), 'ReferencedSOPInstanceUID', '2.25.9'),
    ],
    ['a row too many', 'heatmap-pixels', (each) => put(each, 'Rows', 9)],
    ['planes of colours', 'heatmap-pixels', (each) => put(each, 'PlanarConfiguration', 1)],
    [
      'no warning',
      'heatmap-labelling banner',
      (each) => put(each, 'DerivationDescription', 'Look.'),
    ],
    [
      'another banner',
      'banner',
      (each) => each.elements.get(tags.PixelData)!.value.fill(0, 0, 3000),
    ],
    [
      'no diagnosis in the series',
      'series-description',
      (each) => put(each, 'SeriesDescription', 'AI'),
    ],
  ])('is caught: %s (%s)', (_name, rules, fault) => {
    expect(names(fault)).toBe(rules);
  });

  it('of a bundle that may not localise is caught', () => {
    expect(names(() => {}, { ...flagged, manifest: sampleManifest })).toContain(
      'heatmap-presentation',
    );
    expect(new Set(captureRules.map(({ id }) => id)).size).toBe(captureRules.length);
  });
});
