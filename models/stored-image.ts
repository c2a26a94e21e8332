/** A lookup table: what value stands for which (PS3.3 C.11.1.1.1, C.11.2.1.1). */
export interface LookupTable {
  /** The input that the first entry stands for; below it the first entry holds, past the end the last. */
  first: number;
  entries: Uint16Array;
  /** Bits of an entry; the output ranges over 0 to 2^bits - 1. */
  bits: number;
}

export type WindowFunction = 'linear' | 'linear-exact' | 'sigmoid';

/** How an image wants its values shown (PS3.3 C.11.2): by a table, or by a window in modality units. */
export type Voi = LookupTable | { centre: number; width: number; function: WindowFunction };

/** Where pixels lie in the patient or on the detector. */
export interface ImageGeometry {
  /** Millimetres from one row to the next and from one column to the next, and what they were measured in. */
  spacing?: { rows: number; columns: number; within: 'patient' | 'detector' | 'film' };
  /** Image Position (Patient): the centre of the first pixel, millimetres. */
  position?: [number, number, number];
  /** Image Orientation (Patient): direction cosines along a row, then along a column. */
  orientation?: [number, number, number, number, number, number];
  /** Slice Thickness, millimetres. */
  thickness?: number;
  /** Patient Orientation: where rows and columns point, such as L and F. */
  patientOrientation?: [string, string];
}

/** An image as a modality stored it, before any step. */
export interface StoredImage {
  rows: number;
  columns: number;
  /** Stored values, row by row; three to a pixel in RGB. */
  values: Float32Array;
  /** Smallest and largest value that can be stored. */
  range: [number, number];
  /** Photometric Interpretation (0028,0004). In MONOCHROME1 the lowest value is white. Other colours come as RGB. */
  photometric: 'MONOCHROME1' | 'MONOCHROME2' | 'RGB';
  /** Rescale Slope (0028,1053) and Intercept (0028,1052); 1 and 0 where absent. */
  slope: number;
  intercept: number;
  /** In place of slope and intercept. */
  modalityLut?: LookupTable;
  /** Stored values that stand for no pixel at all (PS3.3 C.7.5.1.1.2): the smallest and the largest. */
  padding?: [number, number];
  voi?: Voi;
  geometry?: ImageGeometry;
}
