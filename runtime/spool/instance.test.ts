import { expect, test } from 'vitest';
import { element, sequence } from '../../tests/element-bytes.ts';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { describeInstance, describeSending, readInstanceHeader } from './instance.ts';

interface Slice {
  modality?: string;
  imageType?: string;
  position?: string;
  orientation?: string;
}

const axial = '1\\0\\0\\0\\1\\0';

function factsOf({ modality = 'CT', imageType = 'ORIGINAL\\PRIMARY\\AXIAL', ...slice }: Slice) {
  const bytes = Buffer.concat([
    element(0x0008_0008, 'CS', imageType),
    element(0x0008_0060, 'CS', modality),
    ...(slice.position ? [element(0x0020_0032, 'DS', slice.position)] : []),
    ...(slice.orientation ? [element(0x0020_0037, 'DS', slice.orientation)] : []),
    element(0x0020_1208, 'IS', '120'),
    element(0x0020_1209, 'IS', '60'),
  ]);
  return describeInstance(readInstanceHeader(bytes, explicitVrLittleEndian));
}

test('the counts of study and series are read', () => {
  expect(factsOf({})).toMatchObject({ expectedInStudy: 120, expectedInSeries: 60 });
});

test.each([
  ['axial', axial, '-120\\-80\\-42.5', -42.5],
  ['coronal', '1\\0\\0\\0\\0\\-1', '-120\\31.25\\900', 31.25],
  ['sagittal', '0\\1\\0\\0\\0\\-1', '7.5\\0\\900', -7.5],
])('%s slices lie along their normal', (_title, orientation, position, at) => {
  expect(factsOf({ orientation, position }).slice?.at).toBeCloseTo(at);
});

test('slices of a tilted gantry are as far apart as their planes, not as their table positions', () => {
  const tilt = Math.PI / 9;
  const orientation = `1\\0\\0\\0\\${Math.cos(tilt).toFixed(6)}\\${Math.sin(tilt).toFixed(6)}`;
  const [first, second] = ['0', '10'].map(
    (z) => factsOf({ orientation, position: `0\\0\\${z}` }).slice,
  );
  expect(second!.at - first!.at).toBeCloseTo(10 * Math.cos(tilt), 4);
  expect(second!.plane).toBe(first!.plane);
});

test.each<[string, Slice]>([
  ['a localizer', { imageType: 'ORIGINAL\\PRIMARY\\LOCALIZER' }],
  ['another modality', { modality: 'DX' }],
  ['no position', { position: '' }],
  ['no orientation', { orientation: '' }],
  ['two coordinates', { position: '0\\1' }],
  ['an empty coordinate', { position: '0\\\\1' }],
  ['words', { position: 'a\\b\\c' }],
])('%s has no place in a volume', (_title, change) => {
  expect(factsOf({ position: '0\\0\\0', orientation: axial, ...change }).slice).toBeUndefined();
});

const meta = { callingAeTitle: 'CT1', priority: 1, transferSyntaxUid: explicitVrLittleEndian };
const image = element(0x0008_0060, 'CS', 'CT');
const stat = element(0x0040_1003, 'SH', 'STAT');

test.each([
  ['of the image itself', [image, stat], 'STAT'],
  ['of the request that it names', [image, sequence(0x0040_0275, [stat])], 'STAT'],
  ['of a request without one', [sequence(0x0040_0275, [element(0x0040_1001, 'SH', '7')])], ''],
  ['of nothing', [image], ''],
  ['of what cannot be read so far', [image, stat.subarray(0, 9)], ''],
])('the requested priority is that %s', (_title, elements, expected) => {
  const { requestedPriority } = describeSending(meta, Buffer.concat(elements));
  expect(requestedPriority).toBe(expected);
});

test('how an instance was sent is read from its record, which may be an older one', () => {
  expect(describeSending(meta, image)).toMatchObject({ callingAeTitle: 'CT1', priority: 1 });
  const { transferSyntaxUid } = meta;
  expect(describeSending({ transferSyntaxUid }, image)).toMatchObject({
    callingAeTitle: '',
    priority: undefined,
  });
});
