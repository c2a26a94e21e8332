import type { Mask } from '../models/outcome.ts';
import type { DataElement } from '../runtime/dicom/data-set.ts';
import { dataSetOf } from '../runtime/dicom/data-set-writer.ts';
import type { MaskedImage } from '../runtime/report/marked-series.ts';
import { isProjection } from '../runtime/report/modality.ts';
import type { ReportRequest, SourceInstance } from '../runtime/report/request.ts';

/** Rows and columns of every image: no whole number of bytes, so that frames begin within one. */
const grid = { rows: 43, columns: 51 };

/** Millimetres between slices, and between pixels. */
const [step, spacing] = [2.5, '0.625'];

/**
 * The images of a sample as a model with masks leaves them: each finding marked on the middle one and, in slices, on
 * its neighbours, in the shape of a disc with a splinter beside it.
 */
export function markedImages(request: ReportRequest): MaskedImage[] {
  const middle = Math.floor(request.instances.length / 2);
  return request.instances.map((instance, at) => ({
    header: imageHeader(request, instance, at),
    masks: isProjection(instance.modality) || Math.abs(at - middle) <= 2 ? masks(request, at) : [],
  }));
}

function masks({ manifest }: ReportRequest, at: number): Mask[] {
  return (manifest?.findings ?? []).map(({ id }, head) => ({
    finding: id,
    ...grid,
    runs: runsOf((row, column) => isMarked(row, column, 6 - head - (at % 3))),
  }));
}

function isMarked(row: number, column: number, radius: number): boolean {
  const disc = Math.hypot(row - 20, column - 25) <= radius;
  return disc || (row === 2 && column > 40 && column < 44);
}

/** Start and length of each run of set pixels; none goes over the end of a row, for the outermost columns are never set. */
function runsOf(isSet: (row: number, column: number) => boolean): number[] {
  const size = grid.rows * grid.columns;
  const set = Array.from({ length: size }, (_, at) =>
    isSet(Math.floor(at / grid.columns), at % grid.columns),
  );
  const starts = [...set.keys()].filter((at) => set[at] && !set[at - 1]);
  return starts.flatMap((start) => [start, set.indexOf(false, start) - start]);
}

function imageHeader({ source }: ReportRequest, instance: SourceInstance, at: number) {
  const own = dataSetOf({
    SOPClassUID: instance.sopClassUid,
    SOPInstanceUID: instance.sopInstanceUid,
    SeriesInstanceUID: instance.seriesInstanceUid,
    BodyPartExamined: 'CHEST',
    Rows: grid.rows,
    Columns: grid.columns,
    ...(isProjection(instance.modality) ? radiograph : slice(instance, at)),
  });
  const elements = new Map<number, DataElement>([...source.elements, ...own.elements]);
  return { elements, littleEndian: true };
}

const radiograph = {
  PatientOrientation: ['L', 'F'],
  ImagerPixelSpacing: ['0.143', '0.143'],
};

function slice({ seriesInstanceUid }: SourceInstance, at: number) {
  return {
    FrameOfReferenceUID: `${seriesInstanceUid.slice(0, 40)}.1`,
    ImagePositionPatient: ['-125', '-130.5', String(at * step - 40)],
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    PixelSpacing: [spacing, spacing],
    SliceThickness: '3',
  };
}
