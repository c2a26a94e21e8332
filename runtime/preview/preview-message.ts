import { z } from 'zod';
import type { ImageExtent } from '../inference/engine-message.ts';
import type { PlannedImage, Region } from './plan.ts';

/** An image of an order, where it lies. */
export interface OrderedImage extends Omit<PlannedImage, 'instance'> {
  image: ImageExtent;
  sopInstanceUid: string;
}

/** What the preview process is to do: read these images from the disk and write their pictures to one file. */
export interface PreviewOrder {
  /** The file to write, which does not exist. */
  path: string;
  /** Seals it, base64: plain, and wrapped as it stands in the file. */
  key: string;
  wrapped: string;
  plan: string;
  madeAt: number;
  region: Region | undefined;
  images: OrderedImage[];
}

/** What the process says. It runs native code, so even its words are checked. */
export const previewReply = z.discriminatedUnion('reply', [
  /** It begins with the `at`th image: the one to blame if it ends. */
  z.object({ reply: z.literal('begun'), at: z.int().nonnegative() }),
  /** The file is whole. `unreadable`: how many images have no picture; `detail`: why the first of them has none. */
  z.object({
    reply: z.literal('done'),
    unreadable: z.int().nonnegative(),
    detail: z.string().max(500),
  }),
  /** No image can be shown. */
  z.object({ reply: z.literal('refused'), detail: z.string().max(500) }),
]);

export type PreviewReply = z.infer<typeof previewReply>;
