import { seededRandom } from '../random.ts';
import { drawHead, type Head, type HeadRequest } from './head.ts';
import { expose } from './scanner.ts';
import { cutSlab } from './slab.ts';
import { type Plane, riseAt, type Survey, surveyHead } from './survey.ts';

/** Where and how a head is scanned. Lengths in millimetres of the scanner, x to the left, y to the back, z to the crown. */
export interface Protocol {
  /** Side of the reconstructed square. */
  fieldOfView: number;
  /** Centre of the square. */
  centre: readonly [x: number, y: number];
  /** Height of the lowest slice. */
  bottom: number;
  /** Between the middles of slices. */
  spacing: number;
  thickness: number;
  slices: number;
  /** Of the gantry, degrees; positive when the rows' ends rise to the back. */
  tilt: number;
}

export interface ScanRequest extends HeadRequest {
  /** Rows and columns of a slice. */
  size: number;
  /** How many slices cover the head; drawn so that they touch where absent. */
  slices?: number;
}

/** One slice, and what is true of it. */
export interface HeadSlice {
  size: number;
  /** CT numbers, Hounsfield units, row by row. */
  hu: Float32Array;
  /** 1 where at least half of a pixel's volume is haemorrhage. */
  mask: Uint8Array;
  /** Of haemorrhage, square millimetres, partial volume counted in part. */
  bleedArea: number;
  /** Row and column of the haemorrhage's centre, where there is any. */
  centre?: { row: number; column: number };
  /** What looks like a haemorrhage here and is none. */
  mimics: readonly string[];
}

/** A series that can be had slice by slice, from the lowest up. */
export interface HeadScan {
  head: Head;
  protocol: Protocol;
  slice(index: number): HeadSlice;
}

/** Heights from the foramen magnum's neighbourhood to the crown. */
const covered = { bottom: -44, top: 89 } as const;

/** Millimetres of the thickest slice. */
const thickest = 5;

function drawProtocol({ seed, slices: wanted }: ScanRequest): Protocol {
  const random = seededRandom(seed, 'protocol');
  const touching = random.pick([4, 4.5, 5, 5]);
  const bottom = covered.bottom + random.uniform(-4, 4);
  const spacing = wanted ? (covered.top - bottom) / wanted : touching;
  return {
    fieldOfView: random.pick([220, 230, 240, 250]),
    centre: [3 * random.normal(), 3 + 3 * random.normal()],
    bottom,
    spacing,
    thickness: Math.min(spacing, thickest),
    slices: wanted ?? Math.round((covered.top - bottom) / spacing),
    tilt: random.chance(0.4) ? random.uniform(4, 12) : 0,
  };
}

/** How a head lies in the scanner, and how large it is. */
function placePlane(seed: number, { fieldOfView, centre, tilt }: Protocol, size: number): Plane {
  const random = seededRandom(seed, 'pose');
  const turn = 0.06 * random.normal();
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const tall = Math.cos((tilt * Math.PI) / 180);
  const rise = Math.sin((tilt * Math.PI) / 180) + 0.05 * random.normal();
  const roll = 0.04 * random.normal();
  const [wide, long] = [random.uniform(0.93, 1.06), random.uniform(0.93, 1.06)];
  const pixel = fieldOfView / size;
  const first = pixel / 2 - fieldOfView / 2;
  const [left, top] = [centre[0] + first, centre[1] + first];
  const axis = (right: number, down: number) => ({
    at: left * right + top * down,
    right: pixel * right,
    down: pixel * down,
  });
  return {
    size,
    x: axis(cos / wide, (-sin * tall) / wide),
    y: axis(sin / long, (cos * tall) / long),
    z: axis(roll, rise),
  };
}

/** The ground truth of a slice from its shares of haemorrhage. */
function truthOf(
  shares: Float32Array,
  size: number,
  pixel: number,
): Omit<HeadSlice, 'size' | 'hu' | 'mimics'> {
  const mask = new Uint8Array(shares.length);
  let [sum, rows, columns] = [0, 0, 0];
  for (let at = 0; at < shares.length; at++) {
    const share = shares[at] ?? 0;
    if (share === 0) continue;
    if (share >= 0.5) mask[at] = 1;
    sum += share;
    rows += share * Math.floor(at / size);
    columns += share * (at % size);
  }
  const centre = { row: rows / sum, column: columns / sum };
  return { mask, bleedArea: sum * pixel * pixel, ...(sum > 0 && { centre }) };
}

/** Kinds of which at least half a millimetre lies in the slice; motion is in all. */
function mimicsIn({ mimics }: Head, survey: Survey, height: number, thickness: number): string[] {
  const seen = [...mimics.soft, ...mimics.solids].filter(({ low, high }) => {
    const middle = height + riseAt(survey, (low[0] + high[0]) / 2, (low[1] + high[1]) / 2);
    return low[2] < middle + thickness / 2 - 0.5 && high[2] > middle - thickness / 2 + 0.5;
  });
  const moved = mimics.kinds.filter((kind) => kind === 'motion');
  return [...new Set([...seen.flatMap(({ mimic }) => mimic ?? []), ...moved])];
}

/** Scans a head. The same request gives the same slices, and a seed shows the same head at every size. */
export function scanHead(request: ScanRequest): HeadScan {
  const { seed, size } = request;
  const head = drawHead(request);
  const protocol = drawProtocol(request);
  const survey = surveyHead(head, placePlane(seed, protocol, size));
  const random = seededRandom(seed, 'dose');
  const pixel = protocol.fieldOfView / size;
  const tube = {
    seed,
    noise: random.uniform(2, 4.2),
    cupping: random.uniform(1, 7),
    blur: random.uniform(0.5, 0.9),
    pixel,
    thickness: protocol.thickness,
  };
  const slice = (index: number): HeadSlice => {
    const height = protocol.bottom + index * protocol.spacing;
    const slab = cutSlab(head, survey, height, protocol.thickness);
    const hu = expose({ head, survey, height }, slab, { ...tube, index });
    const mimics = mimicsIn(head, survey, height, protocol.thickness);
    return { size, hu, mimics, ...truthOf(slab.bleed, size, pixel) };
  };
  return { head, protocol, slice };
}
