import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { type Bundle, loadBundle } from '../../models/bundle.ts';
import { mapBack } from '../../models/geometry.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { InstanceResult, Mask } from '../../models/outcome.ts';
import type { Grid } from '../../models/resample.ts';
import { chestDemo } from '../../models/training/chest-demo.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { type Engine, startEngine } from '../../runtime/inference/engine.ts';
import { type Kernel, type MadeBundle, makeBundle } from './made-bundle.ts';
import {
  type Blob,
  blob,
  drawBlob,
  farOff,
  mirrored,
  paintMask,
  speck,
  turned,
  writeBlobs,
} from './mask-picture.ts';
import { type Attributes, plain, writeObject } from './pixel-object.ts';

type Steps = Manifest['preprocess'];

const [rows, columns] = [64, 48];
const phantom = makePhantomInstance({
  seed: 31,
  size: 128,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
});

/** Calls a finding what covers more than a hundredth of the picture, and masks what is bright. */
function head(field: number, gain = 40): Kernel {
  return { size: [1, 1], weights: [200], bias: -2, mask: { field, level: 0.5, gain } };
}

const shown: Partial<Manifest> = {
  presentation: 'concurrent-aid',
  show: { ...chestDemo.show, localisation: true },
  findings: [{ ...chestDemo.findings[0]!, temperature: 1, threshold: 0.5 }],
};
const { id } = shown.findings![0]!;

const fit: Steps = [{ step: 'resize', rows, columns }];
const letterbox: Steps = [{ step: 'letterbox', rows, columns }];

function stepsWith(geometry: Steps): Steps {
  return [{ step: 'photometric' }, ...geometry, { step: 'percentile-window', low: 0, high: 100 }];
}

let folder: string;
let engine: Engine;
let written = 0;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-mask-'));
  engine = startEngine({ clock: systemClock });
});

afterAll(async () => {
  await engine.close();
  fs.rmSync(folder, { recursive: true });
});

async function bundleOf(geometry: Steps, more: Partial<MadeBundle> = {}): Promise<Bundle> {
  const made: MadeBundle = {
    input: { name: 'image', kind: 'image', rows, columns, slices: 1, batch: 2 },
    preprocess: stepsWith(geometry),
    kernels: [head(1)],
    golden: [phantom],
    maskThreshold: 0.5,
    ...more,
    change: { ...shown, ...more.change },
  };
  return loadBundle(await makeBundle(join(folder, `bundle-${written++}`), made), disk);
}

function analyse(bundle: Bundle, ...objects: Buffer[]): Promise<InstanceResult> {
  const images = objects.map((bytes) => {
    const path = join(folder, `${written++}.bin`);
    fs.writeFileSync(path, bytes);
    const range = { path, offset: 0, length: bytes.length };
    return { ...range, transferSyntaxUid: explicitVrLittleEndian };
  });
  return engine.analyse({ id: `${written++}`, images, bundle });
}

async function masksOf(bundle: Bundle, ...objects: Buffer[]): Promise<Mask[] | undefined> {
  const result = await analyse(bundle, ...objects);
  if (result.state !== 'analysed') throw new Error(result.detail);
  return result.masks;
}

/** How many pixels of the image one field of the mask covers, at least one. */
function fieldOn(image: Grid, geometry: Steps, field = 1): Grid {
  const grid = { ...image, spacing: { rows: 0.5, columns: 0.8 } };
  const [one, next] = [0, field].map((at) =>
    mapBack(geometry, grid, { row: 20 + at, column: 20 + at }),
  );
  const pixels = (size: number) => Math.max(1, Math.floor(size));
  return { rows: pixels(next!.row - one!.row), columns: pixels(next!.column - one!.column) };
}

const portrait = { rows: 240, columns: 150 };
const landscape = { rows: 130, columns: 260 };
const small = { rows: 40, columns: 30 };
const cropped: Steps = [
  { step: 'crop', fraction: 0.9 },
  { step: 'resample', millimetres: 1.1 },
  ...letterbox,
];

const cases: [string, Grid, Steps, Blob, Attributes?][] = [
  ['a portrait in a letterbox', portrait, letterbox, blob],
  ['a landscape in a letterbox', landscape, letterbox, blob],
  ['an image squeezed into the input', landscape, fit, blob],
  ['an image smaller than the input', small, fit, blob],
  ['an image cut, resampled and letterboxed', portrait, cropped, blob],
  ['a mirrored image', portrait, letterbox, mirrored(blob)],
  ['an image turned by a quarter', landscape, letterbox, turned(blob)],
  ['an image turned by three', landscape, cropped, turned(turned(turned(blob)))],
  [
    'an image in MONOCHROME1',
    portrait,
    letterbox,
    blob,
    { PhotometricInterpretation: 'MONOCHROME1' },
  ],
];

describe('a mask through the engine process', () => {
  it.each(cases)(
    'lies on the blob within a pixel of the network: %s',
    async (_, image, geometry, shape, change) => {
      const masks = await masksOf(await bundleOf(geometry), writeBlobs(image, [shape], change));
      expect(masks).toEqual([{ finding: id, ...image, runs: expect.any(Array) }]);
      const truth = drawBlob(image, shape);
      expect(farOff(truth, masks![0]!, fieldOn(image, geometry))).toEqual([]);
      const size = (picture: Uint8Array) => picture.reduce((sum, value) => sum + value, 0);
      expect(size(paintMask(masks![0]!)) / size(truth)).toBeCloseTo(1, 1);
    },
  );

  it('is the blob itself where a pixel of the network is one of the image', async () => {
    const image = { rows, columns };
    const masks = await masksOf(await bundleOf(fit), writeBlobs(image, [blob]));
    expect(paintMask(masks![0]!)).toEqual(drawBlob(image, blob));
  });

  it('lies on it within a field where the network answers on a coarser grid', async () => {
    const bundle = await bundleOf(letterbox, { kernels: [head(4)] });
    const [mask] = (await masksOf(bundle, writeBlobs(portrait, [blob])))!;
    const reach = fieldOn(portrait, letterbox, 4);
    expect(farOff(drawBlob(portrait, blob), mask!, reach)).toEqual([]);
  });

  it('is of the frames that reach the threshold, each on its own blob', async () => {
    const bundle = await bundleOf(letterbox);
    const shapes = [blob, speck, mirrored(blob), turned(blob)];
    const result = await analyse(bundle, writeBlobs(portrait, shapes));
    if (result.state !== 'analysed') throw new Error(result.detail);
    expect(result.masks!.map(({ frame }) => frame)).toEqual([1, 3, 4]);
    for (const mask of result.masks!) {
      const truth = drawBlob(portrait, shapes[mask.frame! - 1]!);
      expect(farOff(truth, mask, fieldOn(portrait, letterbox))).toEqual([]);
    }
    const chances = result.scores.map(({ probability }) => probability);
    const strongest = chances.indexOf(Math.max(...chances)) + 1;
    expect(result.maps.map(({ frame }) => frame)).toEqual([strongest]);
  });

  it('is of the middle slice of a slab', async () => {
    const bundle = await bundleOf(letterbox, {
      input: { name: 'image', kind: 'slab', rows, columns, slices: 3, batch: 2 },
      kernels: [{ ...head(1), weights: [0, 200, 0] }],
      golden: [phantom, phantom, phantom],
    });
    const slab = [
      writeBlobs(landscape, [mirrored(blob)]),
      writeBlobs(portrait, [blob]),
      writeBlobs(small, [turned(blob)]),
    ];
    const masks = await masksOf(bundle, ...slab);
    const truth = drawBlob(portrait, blob);
    expect(farOff(truth, masks![0]!, fieldOn(portrait, letterbox))).toEqual([]);
  });

  it('is the mean of the members’ logits, and not moved by other views', async () => {
    // The outer members alone would mask what the blob leaves free.
    const kernels = [head(1, -10), head(1, 40), head(1, -10)];
    const bundle = await bundleOf(fit, { kernels, views: ['mirrored'] });
    const image = { rows, columns };
    const masks = await masksOf(bundle, writeBlobs(image, [blob]));
    expect(paintMask(masks![0]!)).toEqual(drawBlob(image, blob));
  });

  it('is of the image at hand where another one gives the network the same picture', async () => {
    const bundle = await bundleOf(fit);
    for (const scale of [2, 1, 3]) {
      const image = { rows: scale * rows, columns: scale * columns };
      // Drawn on the coarsest grid, so that the network sees the same values whatever the size.
      const coarse = drawBlob({ rows, columns }, blob);
      const shape: Blob = ({ down, across }) =>
        coarse[Math.floor(down * rows) * columns + Math.floor(across * columns)] === 1;
      const masks = await masksOf(bundle, writeBlobs(image, [shape]));
      expect(masks).toMatchObject([image]);
      expect(farOff(drawBlob(image, shape), masks![0]!, { rows: scale, columns: scale })).toEqual(
        [],
      );
    }
  });
});

describe('no mask', () => {
  it('is given of a finding below its threshold', async () => {
    expect(await masksOf(await bundleOf(letterbox), writeBlobs(portrait, [speck]))).toEqual([]);
  });

  it('is given where no pixel reaches the threshold of masks', async () => {
    const bundle = await bundleOf(letterbox, { kernels: [head(1, 0)], maskThreshold: 0.9 });
    expect(await masksOf(bundle, writeBlobs(portrait, [blob]))).toEqual([]);
  });

  it('leaves a bundle that may not say where it reacted', async () => {
    const show = { ...chestDemo.show, localisation: false };
    const bundle = await bundleOf(letterbox, { change: { show } });
    expect(await masksOf(bundle, writeBlobs(portrait, [blob]))).toBeUndefined();
  });

  it('comes from a network whose grid does not divide its input: no bundle can be made of it', async () => {
    await expect(bundleOf(letterbox, { kernels: [head(3)] })).rejects.toThrow(
      '336 mask values of 21 × 16 for 1 findings',
    );
  });

  describe('fills the memory', () => {
    const side = 512;
    const square = { rows: side, columns: side };
    const size: Steps = [{ step: 'resize', ...square }];
    const input = { name: 'image', kind: 'image', ...square, slices: 1, batch: 2 } as const;

    /** Stripes of one pixel across the upper part of each frame: 256 runs to a row. */
    function torn(share: number, frames: number): Buffer {
      const values = Uint16Array.from({ length: side * side * frames }, (_, at) =>
        at % (side * side) < side * side * share ? 3000 * (at % 2) : 0,
      );
      const PixelData = new Uint8Array(values.buffer);
      const image = { Rows: side, Columns: side, NumberOfFrames: String(frames) };
      return writeObject({ ...plain, ...image, PixelData });
    }

    it.each([
      ['however torn it is', torn(1, 1), 'a mask has more than 100000 runs'],
      ['with all its frames together', torn(0.7, 12), 'the masks have more than 1000000 runs'],
    ])('%s, and the next image is analysed', async (_, object, detail) => {
      const bundle = await bundleOf(size, { input });
      expect(await analyse(bundle, object)).toEqual({
        state: 'not-analysed',
        reason: 'model-fault',
        detail: expect.stringContaining(detail),
      });
      expect(await masksOf(bundle, torn(0.7, 1))).toHaveLength(1);
    });
  });
});

describe('an image without content', () => {
  const empty: Blob = () => false;

  it('is no image', async () => {
    expect(await analyse(await bundleOf(letterbox), writeBlobs(portrait, [empty]))).toEqual({
      state: 'not-analysed',
      reason: 'quality',
      detail: 'the image has no contrast',
      quality: 'no-image',
    });
  });

  it('is no image only where all frames are so', async () => {
    const bundle = await bundleOf(letterbox);
    const half = await analyse(bundle, writeBlobs(portrait, [blob, empty]));
    expect(half).toEqual({
      state: 'not-analysed',
      reason: 'quality',
      detail: 'frame 2 of 2: the image has no contrast',
    });
    const none = await analyse(bundle, writeBlobs(portrait, [empty, empty]));
    expect(none).toMatchObject({ reason: 'quality', quality: 'no-image' });
  });

  it('is not what a window beside the image makes of it', async () => {
    const steps: Steps = [{ step: 'window', centre: 1000, width: 1000 }, ...letterbox];
    const bundle = await bundleOf(letterbox, { preprocess: steps });
    const brighter = Uint16Array.from({ length: rows * columns }, (_, at) => 3000 + (at % 7));
    const image = { ...plain, Rows: rows, Columns: columns };
    const object = writeObject({ ...image, PixelData: new Uint8Array(brighter.buffer) });
    expect(await analyse(bundle, object)).toEqual({
      state: 'not-analysed',
      reason: 'quality',
      detail: 'the image has no contrast',
    });
  });
});
