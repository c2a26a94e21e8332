import { z } from 'zod';
import type { Words } from '../../../models/explanation/heatmap-picture.ts';
import type { PreprocessStep } from '../../../models/preprocess-step.ts';
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

/** Pixels to a side of a picture: an image of at most 1024, and the strips of words around it. */
const side = z.int().min(1).max(2048);

/** What the process says. It has run native code by then, so even its words are checked. */
export const drawingReply = z.discriminatedUnion('reply', [
  /** One for each heatmap, in order. `bytes`: red, green and blue, row by row, base64. */
  z.object({ reply: z.literal('picture'), rows: side, columns: side, bytes: z.string() }),
  z.object({ reply: z.literal('done') }),
  z.object({ reply: z.literal('refused'), detail: z.string().max(500) }),
]);

export type DrawingReply = z.infer<typeof drawingReply>;
