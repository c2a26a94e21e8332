import { describe, expect, it } from 'vitest';
import type { PreprocessStep } from '../../models/manifest.ts';
import type { ActivationMap, Mask } from '../../models/outcome.ts';
import type { StoredImage } from '../../models/stored-image.ts';
import { disc, flaggedRequest, keyImage, localising, mapOf } from '../../tests/fixtures/heatmap.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { put } from '../../tests/fixtures/report-edit.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { allNumbers, firstString } from '../dicom/value.ts';
import { buildPresentationState } from './presentation-state.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';
import { itemsOf, readDocument, textOf } from './rules/document.ts';
import { checkPresentationState, stateRules } from './rules.ts';

const square: PreprocessStep[] = [{ step: 'resize', rows: 64, columns: 64 }];
const flagged = flaggedRequest(localising(square));
const plain = disc({ rows: 200, columns: 300 }, { row: 50, column: 60 });
const corner = mapOf(8, 8, { row: 6, column: 6 });
/** Rows 10 to 11, columns 5 to 24. */
const mask: Mask = {
  finding: 'pneumothorax',
  rows: 200,
  columns: 300,
  runs: [3010, 15, 3305, 3],
};

interface Marks {
  maps?: ActivationMap[];
  masks?: Mask[];
}

function built(
  request: ReportRequest,
  pixels: StoredImage,
  marks: Marks,
  frame?: number,
): Uint8Array {
  const image = { ...keyImage(request, pixels), frame };
  const object = buildPresentationState(request, image, { maps: [], masks: [], ...marks });
  if (!object) throw new Error('no presentation state');
  return object.dataSet;
}

const read = (bytes: Uint8Array) => readDocument(bytes).header;
const marksIn = (state: DataSet) => itemsOf(state, 'GraphicAnnotationSequence');
const graphicIn = (state: DataSet) => itemsOf(marksIn(state)[1]!, 'GraphicObjectSequence')[0]!;
const textIn = (state: DataSet, at: number) =>
  itemsOf(marksIn(state)[at]!, 'TextObjectSequence')[0]!;

/** Left, top, right and bottom edge. */
function boxIn(bytes: Uint8Array): (number | undefined)[] {
  const points = allNumbers(graphicIn(read(bytes)), tags.GraphicData);
  return [points[0], points[1], points[4], points[5]];
}

describe('a presentation state', () => {
  it('breaks no rule, whatever the modality and the character set, and is always the same', () => {
    for (const modality of ['CR', 'DX', 'CT']) {
      const request = flaggedRequest(localising(square), modality, 'GB18030');
      const bytes = built(request, plain, { maps: [corner] });
      expect(checkPresentationState(bytes, request)).toEqual([]);
      expect(built(request, plain, { maps: [corner] })).toEqual(bytes);
    }
  });

  it('stands in a series of its own', () => {
    const state = read(built(flagged, plain, { maps: [corner] }));
    expect(firstString(state, tags.Modality)).toBe('PR');
    expect(textOf(state, 'SeriesInstanceUID')).not.toBe(buildReport(flagged).seriesInstanceUid);
  });

  it('has the box of a mask, edge by edge, and says nothing rough of it', () => {
    const bytes = built(flagged, plain, { masks: [mask], maps: [corner] });
    expect(boxIn(bytes)).toEqual([5, 10, 25, 12]);
    expect(textOf(textIn(read(bytes), 1), 'UnformattedTextValue')).toBe(
      'AI: suspected pneumothorax',
    );
    expect(checkPresentationState(bytes, flagged)).toEqual([]);
  });

  it.each<[string, PreprocessStep[], number[]]>([
    ['resize', square, [225, 150, 262.5, 175]],
    ['crop', [{ step: 'crop', fraction: 0.5 }, ...square], [187.5, 125, 206.25, 137.5]],
    // 300 columns fill the width; 200 rows lie in the middle between borders of 50.
    ['letterbox', [{ step: 'letterbox', rows: 96, columns: 96 }], [225, 175, 262.5, 200]],
  ])('has the box of what a map has at half its height or more: %s', (_name, steps, box) => {
    const request = flaggedRequest(localising(steps));
    const bytes = built(request, plain, { maps: [corner] });
    for (const [at, edge] of boxIn(bytes).entries())
      expect(Math.abs(edge! - box[at]!)).toBeLessThanOrEqual(1);
    expect(textOf(textIn(read(bytes), 1), 'UnformattedTextValue')).toContain('rough indication');
  });

  it('has the box of an interpolated slope, on a large image too', () => {
    const values = Array.from({ length: 64 }, (_, at) => (at % 8 === 4 ? 4 : at % 8 === 3 ? 1 : 0));
    const large = disc({ rows: 1600, columns: 2400 }, { row: 50, column: 60 });
    const bytes = built(flagged, large, { maps: [{ ...corner, values }] });
    // From 1 to 4 within a field of 300 columns half of the height, 2, lies a third of the way; from 4 to 0 a half.
    const box = [1050 + 100, 0, 1350 + 150, 1600];
    for (const [at, edge] of boxIn(bytes).entries())
      expect(Math.abs(edge! - box[at]!)).toBeLessThanOrEqual(2400 / 512);
    expect(checkPresentationState(bytes, flagged)).toEqual([]);
  });

  it('of one frame names the frame', () => {
    const bytes = built(flagged, plain, { masks: [{ ...mask, frame: 1 }] }, 1);
    const [series] = itemsOf(read(bytes), 'ReferencedSeriesSequence');
    const [image] = itemsOf(series!, 'ReferencedImageSequence');
    expect(textOf(image!, 'ReferencedFrameNumber')).toBe('1');
    expect(checkPresentationState(bytes, flagged)).toEqual([]);
  });

  it.each<[string, Partial<StoredImage>, Record<string, string>, string]>([
    [
      'its window',
      { voi: { centre: 40, width: 400, function: 'linear' } },
      { WindowCenter: '40', WindowWidth: '400', VOILUTFunction: 'LINEAR' },
      'IDENTITY',
    ],
    ['what its pixels have', {}, { WindowCenter: '2000', WindowWidth: '2000' }, 'IDENTITY'],
    [
      'what its pixels have in units',
      { slope: 2, intercept: -1000, photometric: 'MONOCHROME1' },
      { WindowCenter: '3000', WindowWidth: '4000' },
      'INVERSE',
    ],
  ])('shows grey values by %s', (_name, rest, window, shape) => {
    const image = disc({ rows: 200, columns: 300 }, { row: 50, column: 60 }, rest);
    const state = read(built(flagged, image, { maps: [corner] }));
    const [voi] = itemsOf(state, 'SoftcopyVOILUTSequence');
    const found = Object.keys(window).map((each) => [each, textOf(voi!, each as 'WindowCenter')]);
    expect(Object.fromEntries(found)).toEqual(window);
    expect(textOf(state, 'PresentationLUTShape')).toBe(shape);
    expect(textOf(state, 'RescaleSlope')).toBe(rest.slope ? '2' : '');
  });

  it('keeps a table of the image, in shares of 16 bits', () => {
    const entries = Uint16Array.from([0, 1024, 4095]);
    const image = disc({ rows: 200, columns: 300 }, { row: 50, column: 60 });
    const voi = { first: -1, entries, bits: 12 };
    const state = read(built(flagged, { ...image, voi }, { maps: [corner] }));
    const [item] = itemsOf(itemsOf(state, 'SoftcopyVOILUTSequence')[0]!, 'VOILUTSequence');
    expect(allNumbers(item!, tags.LUTDescriptor)).toEqual([3, -1, 16]);
    expect(allNumbers(item!, tags.LUTData)).toEqual([0, 16_388, 65_535]);
  });
});

describe('no presentation state is built', () => {
  const count = (request: ReportRequest, marks: Marks, pixels = plain) => {
    const all = { maps: [], masks: [], ...marks };
    return buildPresentationState(request, keyImage(flagged, pixels), all) ? 1 : 0;
  };

  it('where the bundle may not say where it reacted', () => {
    expect(count(flagged, { masks: [mask] })).toBe(1);
    expect(count({ ...flagged, manifest: sampleManifest }, { masks: [mask] })).toBe(0);
    expect(count({ ...flagged, manifest: undefined }, { masks: [mask] })).toBe(0);
  });

  it('of what is not flagged, not at hand, or of another grid', () => {
    const { conclusion } = flagged;
    if (conclusion.state !== 'flagged') throw new Error('wrong sample');
    const quiet = { ...flagged, conclusion: { ...conclusion, state: 'no-flag' as const } };
    expect(count(quiet, { masks: [mask] })).toBe(0);
    expect(count(flagged, {})).toBe(0);
    expect(count(flagged, { masks: [{ ...mask, finding: 'effusion' }] })).toBe(0);
    expect(count(flagged, { masks: [{ ...mask, frame: 2 }] })).toBe(0);
    expect(count(flagged, { masks: [{ ...mask, rows: 100 }] })).toBe(0);
    expect(count(flagged, { masks: [{ ...mask, runs: [] }] })).toBe(0);
    expect(count({ ...flagged, instances: [] }, { masks: [mask] })).toBe(0);
  });

  it('of a map that speaks for nothing, or only outside of the image', () => {
    const against = { ...corner, values: corner.values.map((value) => -value) };
    expect(count(flagged, { maps: [against] })).toBe(0);
    const boxed = flaggedRequest(localising([{ step: 'letterbox', rows: 96, columns: 96 }]));
    expect(count(boxed, { maps: [mapOf(8, 8, { row: 0, column: 3 })] })).toBe(0);
  });

  it('of an image in colours', () => {
    expect(count(flagged, { masks: [mask] }, { ...plain, photometric: 'RGB' })).toBe(0);
  });
});

describe('a fault in a presentation state', () => {
  const source = keyImage(flagged, plain).header;
  put(source, 'Rows', 200);
  put(source, 'Columns', 300);
  put(source, 'PhotometricInterpretation', 'MONOCHROME2');
  const names = (fault: (state: DataSet) => void, request = flagged) => {
    const state = read(built(flagged, plain, { maps: [corner] }));
    fault(state);
    const broken = checkPresentationState(encodeDataSet(state), request, [source]);
    const ids = broken.map(({ id }) => id);
    // The header of the image at hand has no patient.
    const ignored = ['instance-uid', 'one-patient'];
    return [...new Set(ids)].filter((id) => !ignored.includes(id)).join(' ');
  };
  const reference = (state: DataSet) =>
    itemsOf(itemsOf(state, 'ReferencedSeriesSequence')[0]!, 'ReferencedImageSequence')[0]!;
  const area = (state: DataSet) => itemsOf(state, 'DisplayedAreaSelectionSequence')[0]!;
  const move = (state: DataSet, at: number, to: number) =>
    graphicIn(state)
      .elements.get(tags.GraphicData)!
      .value.set(new Uint8Array(Float32Array.of(to).buffer), 4 * at);

  it.each<[string, string, (state: DataSet) => void]>([
    ['none', '', () => {}],
    ['another patient', 'patient-and-study', (each) => put(each, 'PatientID', 'X')],
    ['another moment', 'moment', (each) => put(each, 'PresentationCreationTime', '000000.000')],
    ['another class', 'sop-class', (each) => put(each, 'SOPClassUID', '1.2')],
    ['another modality', 'uid-derived modality', (each) => put(each, 'Modality', 'OT')],
    ['no creator', 'present-attribute', (each) => put(each, 'ContentCreatorName', undefined)],
    ['a date of content', 'foreign-attribute', (each) => put(each, 'ContentDate', '20260101')],
    [
      'the series of another',
      'state-image',
      (each) => put(itemsOf(each, 'ReferencedSeriesSequence')[0]!, 'SeriesInstanceUID', '2.25.9'),
    ],
    [
      'another image',
      'state-image state-marks state-presentation',
      (each) => put(reference(each), 'ReferencedSOPInstanceUID', '2.25.9'),
    ],
    [
      'a mark on another image',
      'state-marks',
      (each) => put(marksIn(each)[1]!, 'ReferencedImageSequence', undefined),
    ],
    [
      'a layer that is not declared',
      'state-marks',
      (each) => put(marksIn(each)[1]!, 'GraphicLayer', 'OTHER'),
    ],
    [
      'no warning',
      'state-warning',
      (each) => put(textIn(each, 0), 'UnformattedTextValue', 'Look.'),
    ],
    [
      'another finding',
      'state-presentation',
      (each) => put(textIn(each, 1), 'UnformattedTextValue', 'AI: suspected pleural effusion'),
    ],
    [
      'a diagnosis',
      'state-presentation state-label',
      (each) => put(textIn(each, 1), 'UnformattedTextValue', 'Pneumothorax'),
    ],
    ['a box twice', 'state-presentation', (each) => marksIn(each).push(marksIn(each)[1]!)],
    ['an ellipse', 'state-box', (each) => put(graphicIn(each), 'GraphicType', 'ELLIPSE')],
    ['a filled box', 'state-box', (each) => put(graphicIn(each), 'GraphicFilled', 'Y')],
    [
      'units of the display',
      'state-box',
      (each) => put(graphicIn(each), 'GraphicAnnotationUnits', 'DISPLAY'),
    ],
    ['a line that is open', 'state-box', (each) => move(each, 8, 7)],
    ['a box beyond the image', 'state-box', (each) => [2, 4].forEach((at) => move(each, at, 301))],
    [
      'half of the image',
      'state-box state-area',
      (each) => {
        const value = Buffer.alloc(8);
        value.writeInt32LE(150, 0);
        value.writeInt32LE(100, 4);
        area(each).elements.get(tags.DisplayedAreaBottomRightHandCorner)!.value.set(value);
      },
    ],
    ['white for black', 'state-grey', (each) => put(each, 'PresentationLUTShape', 'INVERSE')],
    ['no window', 'state-grey', (each) => put(each, 'SoftcopyVOILUTSequence', undefined)],
  ])('is caught: %s (%s)', (_name, rules, fault) => {
    expect(names(fault)).toBe(rules);
  });

  it('of a bundle that may not localise is caught', () => {
    expect(names(() => {}, { ...flagged, manifest: sampleManifest })).toContain(
      'state-presentation',
    );
    expect(new Set(stateRules.map(({ id }) => id)).size).toBe(stateRules.length);
  });
});
