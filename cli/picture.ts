import { ScansideError } from '../device/errors.ts';
import { framesWithoutRemarks } from '../runtime/dicom/codestream.ts';
import type { DataElement, DataSet } from '../runtime/dicom/data-set.ts';
import { encapsulated } from '../runtime/dicom/data-set-writer.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstInteger, firstString } from '../runtime/dicom/value.ts';
import { littleEndianValue } from './stored-number.ts';

/** The pixel data element, of whichever kind. */
export function pixelElement({ elements }: DataSet): DataElement | undefined {
  const kinds = [tags.PixelData, tags.FloatPixelData, tags.DoubleFloatPixelData];
  return kinds.map((tag) => elements.get(tag)).find((element) => element !== undefined);
}

/**
 * The pixel data and nothing else: what exceeds rows × columns × frames, and the remarks of a coded picture, are left
 * out. Little endian. Throws IMAGE_REFUSED where there are none or they are too short.
 */
export function cleanPixels(dataSet: DataSet, transferSyntaxUid: string): DataElement {
  const element = pixelElement(dataSet);
  if (!element) throw refused('it has no pixel data');
  const frames = firstInteger(dataSet, tags.NumberOfFrames) ?? 1;
  if (element.fragments) {
    const coded = element.fragments.slice(1);
    return encapsulated(framesWithoutRemarks(coded, transferSyntaxUid, frames));
  }
  const length = nativeLength(dataSet, element, frames);
  const value = littleEndianValue(element, dataSet.littleEndian).subarray(0, length);
  if (value.length < length) throw refused(`it has ${value.length} of ${length} bytes of pixels`);
  return { tag: element.tag, vr: pixelVr(element), value };
}

/** Whatever the file called it, so that it cannot be taken for a text. */
function pixelVr({ tag, vr }: DataElement): string {
  if (tag === tags.FloatPixelData) return 'OF';
  if (tag === tags.DoubleFloatPixelData) return 'OD';
  return vr === 'OB' ? 'OB' : 'OW';
}

/** PS3.5 8.1.1 and 8.2.1; YBR_FULL_422 has two samples a pixel. */
function nativeLength(dataSet: DataSet, { tag }: DataElement, frames: number): number {
  const number = (each: number): number => firstInteger(dataSet, each) ?? 0;
  const bits = tag === tags.PixelData ? number(tags.BitsAllocated) : bitsOfFloat(tag);
  const is422 = firstString(dataSet, tags.PhotometricInterpretation) === 'YBR_FULL_422';
  const samples = is422 ? 2 : (firstInteger(dataSet, tags.SamplesPerPixel) ?? 1);
  const pixels = number(tags.Rows) * number(tags.Columns) * samples * frames;
  const length = Math.ceil((pixels * bits) / 8);
  if (length > 0) return length;
  throw refused('its header does not say how many pixels it has');
}

function bitsOfFloat(tag: number): number {
  return tag === tags.FloatPixelData ? 32 : 64;
}

function refused(why: string): ScansideError {
  return new ScansideError('IMAGE_REFUSED', why);
}
