// Writes preprocessed slices of head phantoms and what is true of them, for train.py.
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { disk, type Files } from '../../../device/files.ts';
import { bleedKinds } from '../../phantom/head/bleed.ts';
import { mimicKinds } from '../../phantom/head/mimic.ts';
import { type HeadScan, type HeadSlice, scanHead } from '../../phantom/head/scan.ts';
import { storeHeadSlice } from '../../phantom/head/stored-slice.ts';
import { seededRandom } from '../../phantom/random.ts';
import { preprocess } from '../../preprocess.ts';
import { ctHeadPreprocess, goldenSeries, inputSide } from './ct-head.ts';

const usage = `Usage: make-data.ts --out FOLDER --name NAME --first SEED --count HEADS [--slices N]
       make-data.ts --out FOLDER --golden
Writes for HEADS heads, or for the golden series:
  NAME.images.f32  slices x rows x columns, as the network sees them
  NAME.masks.u8    the same shape, share of haemorrhage, 0 to 255
  NAME.truth.f32   slices x 7: head, slice, slices of the head, height in mm, area of haemorrhage in mm2,
                   kinds of haemorrhage of the head and kinds of mimic in the slice as bits
With --slices only N slices of a head, half of them with a haemorrhage where the head has one; otherwise all.
`;

/** Rows and columns as rendered: real series vary, and each is reduced as in service. */
const sizes = [160, 192, 256] as const;

interface Series {
  images: Float32Array[];
  masks: Uint8Array[];
  truth: number[][];
}

function bits(all: readonly string[], some: readonly string[]): number {
  return all.reduce((sum, kind, at) => sum + (some.includes(kind) ? 2 ** at : 0), 0);
}

/** Share of haemorrhage on the grid of the network's input. */
function reduceMask({ mask, size }: HeadSlice): Uint8Array {
  const whole = { rows: size, columns: size, range: [0, 1] as [number, number] };
  const plain = { photometric: 'MONOCHROME2', slope: 1, intercept: 0 } as const;
  const values = Float32Array.from(mask);
  const step = { step: 'resize', rows: inputSide, columns: inputSide } as const;
  return Uint8Array.from(preprocess({ ...whole, ...plain, values }, [step]).values, (v) =>
    Math.round(255 * v),
  );
}

/** `count` slices: half of them, where there are so many, from those that can show the haemorrhage. */
function chooseSlices(seed: number, { head, protocol }: HeadScan, count: number): number[] {
  const random = seededRandom(seed, 'slices');
  const all = Array.from({ length: protocol.slices }, (_, at) => at);
  const order = new Map(all.map((at) => [at, random.uniform(0, 1)]));
  const shuffled = all.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  const [low, high] = bleedHeights(head);
  const near = shuffled.filter((at) => {
    const height = protocol.bottom + at * protocol.spacing;
    return height > low && height < high;
  });
  const chosen = near.slice(0, Math.ceil(0.6 * count));
  return [...chosen, ...shuffled.filter((at) => !chosen.includes(at))].slice(0, count);
}

/** Heights, millimetres, between which the haemorrhages of a head lie; nothing where there is none. */
function bleedHeights({ bleeds }: HeadScan['head']): [number, number] {
  const solids = bleeds.solids.filter(({ bleed }) => bleed);
  const crescents = bleeds.crescents.flatMap(({ height, reach }) => [
    height - reach,
    height + reach,
  ]);
  const stains = bleeds.stains.length > 0 ? [-20, 60] : [];
  return [
    Math.min(...solids.map(({ low }) => low[2]), ...crescents, ...stains),
    Math.max(...solids.map(({ high }) => high[2]), ...crescents, ...stains),
  ];
}

function addSlice(series: Series, scan: HeadScan, seed: number, index: number): void {
  const slice = scan.slice(index);
  const { bottom, spacing, slices } = scan.protocol;
  series.images.push(preprocess(storeHeadSlice(slice), ctHeadPreprocess).values);
  series.masks.push(reduceMask(slice));
  series.truth.push([
    seed,
    index,
    slices,
    bottom + index * spacing,
    slice.bleedArea,
    bits(bleedKinds, scan.head.bleeds.kinds),
    bits(mimicKinds, slice.mimics),
  ]);
}

function write(files: Files, out: string, name: string, { images, masks, truth }: Series): void {
  const bytes = images.map((image) => Buffer.from(image.buffer));
  files.makeFolder(out);
  files.replace(join(out, `${name}.images.f32`), Buffer.concat(bytes));
  files.replace(join(out, `${name}.masks.u8`), Buffer.concat(masks));
  files.replace(
    join(out, `${name}.truth.f32`),
    Buffer.from(Float32Array.from(truth.flat()).buffer),
  );
}

function makeHeads(first: number, count: number, slices?: number): Series {
  const series: Series = { images: [], masks: [], truth: [] };
  for (let seed = first; seed < first + count; seed++) {
    const scan = scanHead({ seed, size: sizes[seed % sizes.length] ?? sizes[0] });
    const all = Array.from({ length: scan.protocol.slices }, (_, at) => at);
    for (const index of slices ? chooseSlices(seed, scan, slices) : all)
      addSlice(series, scan, seed, index);
  }
  return series;
}

function makeGolden(): Series {
  const series: Series = { images: [], masks: [], truth: [] };
  for (const request of goldenSeries) {
    const scan = scanHead(request);
    for (let index = 0; index < scan.protocol.slices; index++)
      addSlice(series, scan, request.seed, index);
  }
  return series;
}

/** Exit status: 0, or 2 for wrong arguments. */
function run(files: Files): number {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      out: string,
      name: string,
      first: string,
      count: string,
      slices: string,
      golden: { type: 'boolean' },
    },
  });
  const { out, name, first, count, slices, golden } = values;
  if (out && golden) write(files, out, 'golden', makeGolden());
  else if (out && name && first && count)
    write(
      files,
      out,
      name,
      makeHeads(Number(first), Number(count), slices ? Number(slices) : undefined),
    );
  else {
    process.stderr.write(usage);
    return 2;
  }
  return 0;
}

process.exitCode = run(disk);
