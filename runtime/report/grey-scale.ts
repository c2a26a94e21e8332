import type { LookupTable, StoredImage, Voi } from '../../models/stored-image.ts';
import type { DataElement, DataSet } from '../dicom/data-set.ts';
import { dataSetOf } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';

const functions = { linear: 'LINEAR', 'linear-exact': 'LINEAR_EXACT', sigmoid: 'SIGMOID' } as const;

/**
 * How a grey image is to be shown, as a presentation state says it (PS3.3 C.11.1, C.11.8, C.11.6): from stored values to
 * units, from units to the window that the image asks for or, where it asks for none, from its lowest value to its
 * highest, and whether low values are white.
 */
export function greyScale(image: StoredImage, header: DataSet): DataElement[] {
  return [
    ...modalityElements(image, header),
    sequence(tags.SoftcopyVOILUTSequence, [voiItem(image.voi ?? wholeRange(image))]),
    ...dataSetOf({
      PresentationLUTShape: image.photometric === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY',
    }).elements.values(),
  ];
}

function modalityElements(
  { slope, intercept, modalityLut }: StoredImage,
  header: DataSet,
): DataElement[] {
  if (modalityLut) {
    const type = dataSetOf({ ModalityLUTType: 'US' }).elements.values();
    return [sequence(tags.ModalityLUTSequence, [itemOf([...tableOf(modalityLut), ...type])])];
  }
  if (slope === 1 && intercept === 0) return [];
  const units = firstString(header, tags.RescaleType) ?? 'US';
  const rescale = {
    RescaleIntercept: decimal(intercept),
    RescaleSlope: decimal(slope),
    RescaleType: units,
  };
  return [...dataSetOf(rescale).elements.values()];
}

function voiItem(voi: Voi): DataSet {
  if ('entries' in voi)
    return itemOf([sequence(tags.VOILUTSequence, [itemOf(tableOf(toSixteenBits(voi)))])]);
  return dataSetOf({
    WindowCenter: decimal(voi.centre),
    WindowWidth: decimal(voi.width),
    VOILUTFunction: functions[voi.function],
  });
}

/** Units, padding left out. */
function wholeRange({ values, padding, slope, intercept, modalityLut }: StoredImage): Voi {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (padding && value >= padding[0] && value <= padding[1]) continue;
    const unit = modalityLut ? lookUp(modalityLut, value) : value * slope + intercept;
    [low, high] = [Math.min(low, unit), Math.max(high, unit)];
  }
  if (low > high) [low, high] = [0, 1];
  return { centre: (low + high) / 2, width: Math.max(high - low, 1), function: 'linear-exact' };
}

function lookUp({ first, entries }: LookupTable, value: number): number {
  const at = Math.min(entries.length - 1, Math.max(0, Math.floor(value) - first));
  return entries[at] ?? 0;
}

/** A table for the display says shares of its range. */
function toSixteenBits({ first, entries, bits }: LookupTable): LookupTable {
  const factor = 0xffff / (2 ** bits - 1);
  const wider = entries.map((entry) => Math.min(0xffff, Math.round(entry * factor)));
  return { first, entries: wider, bits: 16 };
}

/** LUT Descriptor and LUT Data (PS3.3 C.11.1.1.1), of 16 bits; the first value mapped may be below 0. */
function tableOf({ first, entries }: LookupTable): DataElement[] {
  const descriptor = Buffer.alloc(6);
  descriptor.writeUInt16LE(entries.length & 0xffff, 0);
  descriptor.writeUInt16LE(first & 0xffff, 2);
  descriptor.writeUInt16LE(16, 4);
  const data = Buffer.alloc(2 * entries.length);
  for (const [at, entry] of entries.entries()) data.writeUInt16LE(entry, 2 * at);
  return [
    { tag: tags.LUTDescriptor, vr: first < 0 ? 'SS' : 'US', value: descriptor },
    { tag: tags.LUTData, vr: 'OW', value: data },
  ];
}

function itemOf(elements: readonly DataElement[]): DataSet {
  return { elements: new Map(elements.map((each) => [each.tag, each])), littleEndian: true };
}

function sequence(tag: number, items: DataSet[]): DataElement {
  return { tag, vr: 'SQ', value: Buffer.alloc(0), items };
}

/** A DS of at most 16 characters (PS3.5 6.2). */
export function decimal(value: number): string {
  const text = String(value);
  return text.length <= 16 ? text : String(Number(value.toPrecision(9)));
}
