import { deflateRawSync } from 'node:zlib';
import { makePhantomInstance, type PhantomInstanceRequest } from '../../demo/phantom-study.ts';
import { renderPhantom } from '../../models/phantom/phantom.ts';
import { type DataElement, type DataSet, readDataSet } from '../../runtime/dicom/data-set.ts';
import { type Keyword, tags } from '../../runtime/dicom/tag.ts';
import {
  deflatedExplicitVrLittleEndian,
  explicitVrBigEndian,
  explicitVrLittleEndian,
  findTransferSyntax,
  implicitVrLittleEndian,
} from '../../runtime/dicom/transfer-syntax.ts';
import { valueRepresentation } from '../../runtime/dicom/value-representation.ts';
import { writeDataSet } from './data-set-writer.ts';
import { encodeFrame } from './frame-encoder.ts';

/** One way of storing the picture of a phantom. */
export interface PhantomVariant {
  photometric: 'MONOCHROME1' | 'MONOCHROME2';
  bits: 8 | 10 | 12 | 16;
  signed: boolean;
  /**
   * What the modality LUT does. `rescale`: stored values lie on another straight line. `modality-lut`: they are the
   * square root of the picture, and a table squares them.
   */
  modality: 'identity' | 'rescale' | 'modality-lut';
  transferSyntaxUid: string;
}

const natives = [
  explicitVrLittleEndian,
  implicitVrLittleEndian,
  explicitVrBigEndian,
  deflatedExplicitVrLittleEndian,
];

const jpegBaseline = '1.2.840.10008.1.2.4.50';
const jpegExtended = '1.2.840.10008.1.2.4.51';
const nearLossless = '1.2.840.10008.1.2.4.81';
const jpeg2000 = /^1\.2\.840\.10008\.1\.2\.4\.(9[01]|20[123])$/;

/** Encapsulated transfer syntaxes that the product decodes. */
export const encapsulatedSyntaxes = [
  '1.2.840.10008.1.2.1.98',
  jpegBaseline,
  jpegExtended,
  '1.2.840.10008.1.2.4.57',
  '1.2.840.10008.1.2.4.70',
  '1.2.840.10008.1.2.4.80',
  nearLossless,
  '1.2.840.10008.1.2.4.90',
  '1.2.840.10008.1.2.4.91',
  '1.2.840.10008.1.2.4.201',
  '1.2.840.10008.1.2.4.202',
  '1.2.840.10008.1.2.4.203',
  '1.2.840.10008.1.2.5',
  '1.2.840.10008.1.2.8.1',
];

const photometrics = ['MONOCHROME1', 'MONOCHROME2'] as const;
const depths = [8, 10, 12, 16] as const;
const modalities = ['identity', 'rescale', 'modality-lut'] as const;

/** What a transfer syntax can hold: lossy ones take no signed samples, and JPEG no more than 8 or 12 bits. */
function canHold({ transferSyntaxUid, bits, signed }: PhantomVariant): boolean {
  if (transferSyntaxUid === jpegBaseline) return bits === 8 && !signed;
  if (transferSyntaxUid === jpegExtended) return bits <= 12 && !signed;
  if (transferSyntaxUid === nearLossless) return !signed;
  return !(jpeg2000.test(transferSyntaxUid) && signed && bits === 8);
}

/**
 * Every pixel format and modality LUT in Explicit VR Little Endian, and in every other transfer syntax the formats
 * that it can hold, rescaled where they are signed.
 */
export const phantomVariants: PhantomVariant[] = photometrics.flatMap((photometric) =>
  depths.flatMap((bits) =>
    [false, true].flatMap((signed) => {
      const format = { photometric, bits, signed };
      const plain = modalities.map((modality) => ({
        ...format,
        modality,
        transferSyntaxUid: explicitVrLittleEndian,
      }));
      const others = [...natives.slice(1), ...encapsulatedSyntaxes].map((transferSyntaxUid) => ({
        ...format,
        modality: signed ? modalities[1] : modalities[0],
        transferSyntaxUid,
      }));
      return [...plain, ...others.filter(canHold)];
    }),
  ),
);

const lossySyntaxes = new Set([
  jpegBaseline,
  jpegExtended,
  nearLossless,
  '1.2.840.10008.1.2.4.91',
  '1.2.840.10008.1.2.4.203',
]);

/** Whether the pictures that come out are not quite those that went in, beyond rounding to their bits. */
export function isLossy({ transferSyntaxUid }: PhantomVariant): boolean {
  return lossySyntaxes.has(transferSyntaxUid);
}

/** What a person calls a variant. */
export function variantName(variant: PhantomVariant): string {
  const { photometric, bits, signed, modality, transferSyntaxUid } = variant;
  const syntax = findTransferSyntax(transferSyntaxUid)?.name ?? transferSyntaxUid;
  return `${photometric}, ${bits} bits${signed ? ' signed' : ''}, ${modality}, ${syntax}`;
}

/** Stored values of the picture: the square root of it where a table squares them. */
function storeValues(pixels: Float32Array, variant: PhantomVariant): Int32Array {
  const { photometric, bits, signed, modality } = variant;
  const offset = signed ? 2 ** (bits - 1) : 0;
  return Int32Array.from(pixels, (pixel) => {
    const seen = photometric === 'MONOCHROME1' ? 1 - pixel : pixel;
    const stored = modality === 'modality-lut' ? Math.sqrt(seen) : seen;
    return Math.round(stored * (2 ** bits - 1)) - offset;
  });
}

function words(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

function bytesOf(values: Int32Array, bits: number): Uint8Array {
  return bits === 8 ? Uint8Array.from(values) : words(values);
}

function element(keyword: Keyword, value: Uint8Array | string | number, vr?: string): DataElement {
  const tag = tags[keyword];
  const bytes = typeof value === 'number' ? words([value]) : Buffer.from(value);
  const padded = bytes.length % 2 ? Buffer.concat([bytes, Buffer.from([vr ? 0 : 0x20])]) : bytes;
  return { tag, vr: vr ?? valueRepresentation(tag) ?? 'UN', value: padded };
}

function sequence(keyword: Keyword, content: DataElement[]): DataElement {
  const item = { elements: new Map(content.map((each) => [each.tag, each])), littleEndian: true };
  return { tag: tags[keyword], vr: 'SQ', value: new Uint8Array(0), items: [item] };
}

/** Squares the stored values, from the first that there can be. */
function squaringTable({ bits, signed }: PhantomVariant): DataElement {
  const count = 2 ** bits;
  const entries = Array.from({ length: count }, (_, at) =>
    Math.round((at / (count - 1)) ** 2 * 65_535),
  );
  const first = signed ? -(count / 2) : 0;
  return sequence('ModalityLUTSequence', [
    element('LUTDescriptor', words([count % 65_536, first, 16]), signed ? 'SS' : 'US'),
    element('ModalityLUTType', 'US'),
    element('LUTData', words(entries), 'OW'),
  ]);
}

function modalityOf(variant: PhantomVariant): DataElement[] {
  if (variant.modality === 'modality-lut') return [squaringTable(variant)];
  const [slope, intercept] = variant.modality === 'rescale' ? ['0.5', '-100'] : ['1', '0'];
  return [
    element('RescaleIntercept', intercept),
    element('RescaleSlope', slope),
    element('RescaleType', 'US'),
  ];
}

/** The whole Pixel Data: as they are, or one frame as one fragment after an empty offset table. */
async function pixelData(
  size: number,
  variant: PhantomVariant,
  values: Int32Array,
): Promise<DataElement> {
  const { bits, signed, transferSyntaxUid, photometric } = variant;
  const bytes = bytesOf(values, bits);
  const vr = bits === 8 ? 'OB' : 'OW';
  if (natives.includes(transferSyntaxUid)) return element('PixelData', bytes, vr);
  const frame = {
    rows: size,
    columns: size,
    bitsAllocated: bits === 8 ? 8 : 16,
    bitsStored: bits,
    signed,
    photometric,
    bytes,
  };
  const encoded = Buffer.from(await encodeFrame(frame, transferSyntaxUid));
  const even = encoded.length % 2 ? Buffer.concat([encoded, Buffer.alloc(1)]) : encoded;
  const fragments = [new Uint8Array(0), even];
  return { tag: tags.PixelData, vr: 'OB', value: new Uint8Array(0), fragments };
}

const replaced: Keyword[] = ['RescaleIntercept', 'RescaleSlope', 'RescaleType'];
const limits = { bytes: 64 << 20, elements: 4096, depth: 8, valueLength: 1 << 20 };

function write(dataSet: DataSet, transferSyntaxUid: string): Uint8Array {
  const encoded = writeDataSet(dataSet, {
    explicit: transferSyntaxUid !== implicitVrLittleEndian,
    littleEndian: transferSyntaxUid !== explicitVrBigEndian,
  });
  return transferSyntaxUid === deflatedExplicitVrLittleEndian ? deflateRawSync(encoded) : encoded;
}

export type VariantRequest = Omit<PhantomInstanceRequest, 'photometric' | 'bits'>;

/** A phantom before it is stored: its picture, 0 to 1, and the elements that do not say how. */
export interface PhantomSource {
  size: number;
  pixels: Float32Array;
  elements: ReadonlyMap<number, DataElement>;
  sopInstanceUid: string;
}

export function phantomSource(request: VariantRequest): PhantomSource {
  const { size = 512, seed, findings } = request;
  const made = makePhantomInstance({ ...request, bits: 16 });
  const { elements } = readDataSet(made.dataSet, made.transferSyntaxUid, limits);
  const { pixels } = renderPhantom({ seed, size, ...(findings && { findings }) });
  return { size, pixels, elements, sopInstanceUid: made.sopInstanceUid };
}

/** `bytes` is the data set alone, without file meta information. */
export async function storeVariant(
  { size, pixels, elements: shared, sopInstanceUid }: PhantomSource,
  variant: PhantomVariant,
): Promise<{ bytes: Uint8Array; transferSyntaxUid: string; sopInstanceUid: string }> {
  const { photometric, bits, signed, transferSyntaxUid } = variant;
  const elements = new Map(shared);
  for (const keyword of replaced) elements.delete(tags[keyword]);
  const inverse = photometric === 'MONOCHROME1';
  const changed = [
    element('PhotometricInterpretation', photometric),
    element('PixelIntensityRelationshipSign', inverse ? 1 : 0xffff, 'SS'),
    element('PresentationLUTShape', inverse ? 'INVERSE' : 'IDENTITY'),
    element('BitsAllocated', bits === 8 ? 8 : 16),
    element('BitsStored', bits),
    element('HighBit', bits - 1),
    element('PixelRepresentation', signed ? 1 : 0),
    ...modalityOf(variant),
    await pixelData(size, variant, storeValues(pixels, variant)),
  ];
  for (const each of changed) elements.set(each.tag, each);
  const bytes = write({ elements, littleEndian: true }, transferSyntaxUid);
  return { bytes, transferSyntaxUid, sopInstanceUid };
}

/** A phantom as a DICOM object, stored in that way. */
export function phantomVariant(request: VariantRequest, variant: PhantomVariant) {
  return storeVariant(phantomSource(request), variant);
}
