import { thumbnailSide } from './features.ts';

const last = thumbnailSide - 1;

/** Where the field at `row`, `column` of a turned thumbnail comes from. A mirrored chest is rare; a turned one is not. */
const turns: ((row: number, column: number) => [number, number])[] = [
  (row, column) => [last - column, row],
  (row, column) => [last - row, last - column],
  (row, column) => [column, last - row],
  (row, column) => [last - row, column],
];

/** A thumbnail turned by 90°, 180° and 270° and upside down. */
export function turnedThumbnails(thumbnail: Float64Array): Float64Array[] {
  return turns.map((source) =>
    thumbnail.map((_, at) => {
      const [row, column] = source(Math.floor(at / thumbnailSide), at % thumbnailSide);
      return thumbnail[row * thumbnailSide + column]!;
    }),
  );
}
