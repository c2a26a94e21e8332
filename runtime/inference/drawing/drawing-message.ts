import { z } from 'zod';
import type { Words } from '../../../models/explanation/heatmap-picture.ts';
import type { PreprocessStep } from '../../../models/preprocess-step.ts';
import type { StoredImage } from '../../../models/stored-image.ts';
import type { ImageExtent } from '../engine-message.ts';

/** A heatmap as it travels to the drawing process. */
export interface HeatmapOrder {
  map: { rows: number; columns: number; values: number[] };
  steps: readonly PreprocessStep[];
  words: Words;
}

/** What the drawing process is to do: heatmaps over one image, which it reads from the disk itself. */
export interface DrawingOrder {
  image: ImageExtent;
  /** From 1, of a multi-frame image. */
  frame: number | undefined;
  heatmaps: HeatmapOrder[];
}

const pair = z.tuple([z.number(), z.number()]);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const side = z.int().min(1).max(65_535);

const table = z.object({
  first: z.int(),
  entries: z
    .array(z.int().min(0).max(65_535))
    .max(65_536)
    .transform((all) => Uint16Array.from(all)),
  bits: z.int().min(1).max(16),
});

/** An image without its pixels, as models/image-summary.ts makes it. */
const summary = z.object({
  rows: side,
  columns: side,
  values: z
    .array(z.number())
    .max(2)
    .transform((all) => Float32Array.from(all)),
  range: pair,
  photometric: z.enum(['MONOCHROME1', 'MONOCHROME2', 'RGB']),
  slope: z.number(),
  intercept: z.number(),
  modalityLut: table.optional(),
  padding: pair.optional(),
  voi: z
    .union([
      table,
      z.object({
        centre: z.number(),
        width: z.number(),
        function: z.enum(['linear', 'linear-exact', 'sigmoid']),
      }),
    ])
    .optional(),
  geometry: z
    .object({
      spacing: z
        .object({
          rows: z.number(),
          columns: z.number(),
          within: z.enum(['patient', 'detector', 'film']),
        })
        .optional(),
      position: triple.optional(),
      orientation: z.tuple([...triple.def.items, ...triple.def.items]).optional(),
      thickness: z.number().optional(),
      patientOrientation: z.tuple([z.string().max(16), z.string().max(16)]).optional(),
    })
    .optional(),
});

/** What the process says. It has run native code by then, so even its words are checked. */
export const drawingReply = z.discriminatedUnion('reply', [
  /** Before all pictures. */
  z.object({ reply: z.literal('image'), image: summary }),
  /** One for each heatmap, in order. `bytes`: red, green and blue, row by row, base64. */
  z.object({ reply: z.literal('picture'), rows: side, columns: side, bytes: z.string() }),
  z.object({ reply: z.literal('done') }),
  z.object({ reply: z.literal('refused'), detail: z.string().max(500) }),
]);

export type DrawingReply = z.infer<typeof drawingReply>;

/** What becomes JSON on its way to the parent. */
export type DrawingSaid =
  Exclude<DrawingReply, { reply: 'image' }> | { reply: 'image'; image: unknown };

/** An image without its pixels as it travels. */
export function summaryOf(image: StoredImage): DrawingSaid {
  const plain = <T extends { entries?: Uint16Array }>(lut: T) =>
    lut.entries ? { ...lut, entries: [...lut.entries] } : lut;
  const { values, modalityLut, voi, ...rest } = image;
  return {
    reply: 'image',
    image: {
      ...rest,
      values: [...values],
      modalityLut: modalityLut && plain(modalityLut),
      voi: voi && plain(voi as { entries?: Uint16Array }),
    },
  };
}
