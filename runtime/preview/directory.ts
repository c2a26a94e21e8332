import { z } from 'zod';
import type { ImageView } from '../../panel/exam-detail.ts';
import { longestPreview } from './stored-values.ts';

/** Where a picture stands in its file, sealed. */
const place = z.object({
  /** First byte in the file. */
  at: z.int().nonnegative(),
  /** Bytes of the picture itself. */
  length: z.int().nonnegative(),
  /** Changes with the bytes. */
  etag: z.string().regex(/^[0-9a-f]{32}$/),
});

export type Place = z.infer<typeof place>;

const side = z.int().min(1).max(longestPreview);
const number = z.number();
const positive = z.number().positive();

const view: z.ZodType<ImageView> = z.object({
  id: z.string().regex(/^[0-9a-z.-]{1,80}$/),
  number: z.int().positive(),
  rows: side,
  columns: side,
  signed: z.boolean(),
  slope: number,
  intercept: number,
  inverted: z.boolean(),
  windows: z.array(z.object({ name: z.string().max(64), center: number, width: positive })).min(1),
  aspect: positive,
  etag: place.shape.etag,
});

const shownImage = z.object({
  view,
  place,
  sopInstanceUid: z.string().max(128),
  /** Of a multi-frame object, from 1. */
  frame: z.int().positive().optional(),
  /** The stored image, which a map of the network's input is laid back onto. */
  source: z.object({
    rows: z.int().positive(),
    columns: z.int().positive(),
    spacing: z.object({ rows: positive, columns: positive }).optional(),
  }),
});

export type ShownImage = z.infer<typeof shownImage>;

/**
 * What a file of pictures holds. It was written by a process that had run native code, so whoever reads it checks it.
 */
export const directorySchema = z.object({
  /** The name of the plan that the pictures were made by. */
  plan: z.string(),
  /** Wall time, milliseconds since 1970 UTC. */
  madeAt: z.number(),
  thumbnail: place,
  images: z.array(shownImage).min(1),
});

export type Directory = z.infer<typeof directorySchema>;
