import type { ImageGeometry, StoredImage, Voi, WindowFunction } from '../../models/stored-image.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { allNumbers, allStrings, firstNumber, firstString } from '../dicom/value.ts';
import { scopeOf } from './functional-group.ts';
import { asSigned, readLookupTable } from './lookup-table.ts';
import type { PixelFormat } from './pixel-format.ts';
import { unreadable } from './unreadable-image.ts';

function numbersOf(scopes: DataSet[], keyword: Keyword, count: number): number[] | undefined {
  const scope = scopeOf(scopes, keyword);
  const values = scope ? allNumbers(scope, tags[keyword]) : [];
  const found = values.filter((value) => value !== undefined);
  return values.length === count && found.length === count ? found : undefined;
}

function numberOf(scopes: DataSet[], keyword: Keyword): number | undefined {
  const scope = scopeOf(scopes, keyword);
  return scope && firstNumber(scope, tags[keyword]);
}

function readModality(scopes: DataSet[], { signed }: PixelFormat) {
  const slope = numberOf(scopes, 'RescaleSlope') ?? 1;
  if (slope === 0) throw unreadable('RescaleSlope is 0');
  const item = scopeOf(scopes, 'ModalityLUTSequence')?.elements.get(tags.ModalityLUTSequence);
  const lut = item?.items?.[0];
  return {
    slope,
    intercept: numberOf(scopes, 'RescaleIntercept') ?? 0,
    ...(lut && { modalityLut: readLookupTable(lut, 'LUTDescriptor', 'LUTData', signed) }),
  };
}

function readPadding(scopes: DataSet[], { signed }: PixelFormat): { padding?: [number, number] } {
  const value = numberOf(scopes, 'PixelPaddingValue');
  if (value === undefined) return {};
  const ends = [value, numberOf(scopes, 'PixelPaddingRangeLimit') ?? value].map((end) =>
    asSigned(end, signed),
  );
  return { padding: [Math.min(...ends), Math.max(...ends)] };
}

const functions: Record<string, WindowFunction> = {
  LINEAR: 'linear',
  LINEAR_EXACT: 'linear-exact',
  SIGMOID: 'sigmoid',
};

function readWindow(scopes: DataSet[]): Voi | undefined {
  const scope = scopeOf(scopes, 'WindowCenter');
  if (!scope) return undefined;
  const centre = firstNumber(scope, tags.WindowCenter);
  const width = firstNumber(scope, tags.WindowWidth);
  const name = firstString(scope, tags.VOILUTFunction) ?? 'LINEAR';
  const shape = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (centre === undefined || width === undefined || shape === undefined) return undefined;
  // Below these widths the functions of C.11.2.1 are not defined.
  const isDefined = shape === 'linear' ? width >= 1 : width > 0;
  return isDefined ? { centre, width, function: shape } : undefined;
}

/** A table where there is one, else the first window (PS3.3 C.11.2.1). A window that is none is left out. */
function readVoi(scopes: DataSet[], signed: boolean): { voi?: Voi } {
  const item = scopeOf(scopes, 'VOILUTSequence')?.elements.get(tags.VOILUTSequence)?.items?.[0];
  const voi = item ? readLookupTable(item, 'LUTDescriptor', 'LUTData', signed) : readWindow(scopes);
  return voi ? { voi } : {};
}

const spacings = [
  ['PixelSpacing', 'patient'],
  ['ImagerPixelSpacing', 'detector'],
  ['NominalScannedPixelSpacing', 'film'],
] as const;

/** The first that is there: Pixel Spacing is the calibrated one (PS3.3 10.7.1.1). */
function readSpacing(scopes: DataSet[]): Pick<ImageGeometry, 'spacing'> {
  for (const [keyword, within] of spacings) {
    const [rows = 0, columns = 0] = numbersOf(scopes, keyword, 2) ?? [];
    if (rows > 0 && columns > 0) return { spacing: { rows, columns, within } };
  }
  return {};
}

function readPatientOrientation(scopes: DataSet[]): Pick<ImageGeometry, 'patientOrientation'> {
  const scope = scopeOf(scopes, 'PatientOrientation');
  const [row, column] = scope ? allStrings(scope, tags.PatientOrientation) : [];
  return row && column ? { patientOrientation: [row, column] } : {};
}

function readGeometry(scopes: DataSet[]): ImageGeometry {
  const position = numbersOf(scopes, 'ImagePositionPatient', 3);
  const orientation = numbersOf(scopes, 'ImageOrientationPatient', 6);
  const thickness = numberOf(scopes, 'SliceThickness');
  return {
    ...readSpacing(scopes),
    ...(position && { position: position as [number, number, number] }),
    ...(orientation && { orientation: orientation as NonNullable<ImageGeometry['orientation']> }),
    ...(thickness !== undefined && { thickness }),
    ...readPatientOrientation(scopes),
  };
}

/** What the data set says of one frame's values and place, beside its pixels. Throws DATA_SET_UNREADABLE. */
export function readImageAttributes(
  scopes: DataSet[],
  format: PixelFormat,
): Pick<StoredImage, 'slope' | 'intercept' | 'modalityLut' | 'padding' | 'voi' | 'geometry'> {
  const modality = readModality(scopes, format);
  const isNegative = format.signed || (!modality.modalityLut && modality.intercept < 0);
  return {
    ...modality,
    ...readPadding(scopes, format),
    ...readVoi(scopes, isNegative),
    geometry: readGeometry(scopes),
  };
}
