import { phantomFindings } from '../models/phantom/finding.ts';
import { isLossy, type PhantomVariant, variantName } from '../tests/inference/phantom-variants.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, verdict } from './figures.ts';

/** What was measured of one way to the network. */
export interface PathRow {
  /** How the phantoms were stored; undefined for those that went to the network as numbers. */
  variant: PhantomVariant | undefined;
  /** Area under the curve of each finding. */
  areas: number[];
  /** Largest difference of any probability to the numbers’ own. */
  difference: number;
  /** How many the gate would have stopped, which changes nothing about the areas. */
  stopped: number;
  of: number;
}

/** How far an area may be from that of the numbers themselves. */
export const areaLimit = { atMost: 0.002 };

/** The furthest of its areas from those of the numbers. */
export function areaDifference({ areas }: PathRow, tensor: PathRow): number {
  return Math.max(...areas.map((area, at) => Math.abs(area - tensor.areas[at]!)));
}

function nameOf({ variant }: PathRow): string {
  if (!variant) return 'tensor';
  return `${variantName(variant)}${isLossy(variant) ? ' (lossy)' : ''}`;
}

/** One table of all ways, one of the goal, in Markdown. */
export function reportDicomPath(rows: readonly PathRow[]): string {
  const [tensor, ...stored] = rows;
  if (!tensor) return '';
  const head = ['stored as', ...phantomFindings, 'area off by', 'probability off by', 'stopped'];
  const lines = rows.map((row) => [
    nameOf(row),
    ...row.areas.map((area) => format(area, 4)),
    format(areaDifference(row, tensor), 4),
    format(row.difference, 4),
    `${row.stopped} of ${row.of}`,
  ]);
  const summary = ([false, true] as const).map((lossy) => {
    const those = stored.filter(({ variant }) => variant && isLossy(variant) === lossy);
    const worst = Math.max(...those.map((row) => areaDifference(row, tensor)));
    const name = `area off by at most, ${those.length} ${lossy ? 'lossy' : 'lossless'} ways`;
    return [name, describeLimit(areaLimit), format(worst, 4), verdict(worst, areaLimit)];
  });
  const goals = markdownTable(['', 'reach for', 'measured', ''], summary);
  return `${goals}\n\n${markdownTable(head, lines)}`;
}
