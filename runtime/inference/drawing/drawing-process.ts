// The drawing process: started by drawing.ts for one image, and killed when it takes too long.
import process from 'node:process';
import { disk } from '../../../device/files.ts';
import { ScansideError } from '../../../device/errors.ts';
import { drawHeatmap, type Heatmap } from '../../../models/explanation/heatmap-picture.ts';
import { summariseImage } from '../../../models/image-summary.ts';
import type { StoredImage } from '../../../models/stored-image.ts';
import { stepBack } from '../background.ts';
import { readFailure, readRange } from '../image-bytes.ts';
import { memoryCap } from '../input.ts';
import { openPixels } from '../pixels.ts';
import { serveThrowaway } from '../tensorrt/throwaway.ts';
import {
  type DrawingOrder,
  type DrawingSaid,
  type HeatmapOrder,
  summaryOf,
} from './drawing-message.ts';

function cannotDraw(detail: string): ScansideError {
  return new ScansideError('DRAWING_FAILED', detail);
}

function readBytes({ image }: DrawingOrder): Uint8Array {
  try {
    return readRange(disk, image);
  } catch (error) {
    throw cannotDraw(readFailure(error));
  }
}

async function readImage(order: DrawingOrder): Promise<StoredImage> {
  const { image, frame = 1 } = order;
  const pixels = await openPixels(readBytes(order), image.transferSyntaxUid, { memoryCap });
  const reading = pixels.state === 'read' ? await pixels.read(frame - 1) : pixels;
  if (reading.state !== 'read') throw cannotDraw(reading.detail);
  return reading.image;
}

function heatmapOf({ map, steps, words }: HeatmapOrder): Heatmap {
  return { map: { ...map, values: Float32Array.from(map.values) }, steps, words };
}

async function draw(order: DrawingOrder): Promise<DrawingSaid> {
  const image = await readImage(order);
  process.send?.(summaryOf(summariseImage(image)));
  for (const heatmap of order.heatmaps) {
    const { rows, columns, bytes } = drawHeatmap(image, heatmapOf(heatmap));
    const picture = { rows, columns, bytes: Buffer.from(bytes).toString('base64') };
    process.send?.({ reply: 'picture', ...picture } satisfies DrawingSaid);
  }
  return { reply: 'done' };
}

stepBack();
serveThrowaway<DrawingSaid>(
  (given) => draw(given as DrawingOrder),
  (detail) => ({ reply: 'refused', detail: detail.slice(0, 500) }),
);
