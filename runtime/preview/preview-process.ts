// The preview process: started by preview-maker.ts for one study, and killed when it takes too long.
import process from 'node:process';
import { disk } from '../../device/files.ts';
import { ScansideError } from '../../device/errors.ts';
import { stepBack } from '../inference/background.ts';
import { readFailure, readRange } from '../inference/image-bytes.ts';
import { serveThrowaway } from '../inference/tensorrt/throwaway.ts';
import type { ShownImage } from './directory.ts';
import { type Frame, openImage } from './image-frames.ts';
import { PictureWriter } from './picture-file.ts';
import { imageId, mostPreviews } from './plan.ts';
import type { OrderedImage, PreviewOrder, PreviewReply } from './preview-message.ts';
import { type StoredValues, storeValues } from './stored-values.ts';
import { drawThumbnail } from './thumbnail.ts';
import { chooseWindows, type Window, windowBetween, windowOfTable } from './windows.ts';

/** What has been made so far. */
interface Made {
  writer: PictureWriter;
  images: ShownImage[];
  /** Of the first image, until the one comes that it is meant to show. */
  thumbnail: Uint8Array | undefined;
  failures: string[];
}

function say(reply: PreviewReply): void {
  process.send?.(reply);
}

async function make(order: PreviewOrder): Promise<PreviewReply> {
  const key = {
    key: Buffer.from(order.key, 'base64'),
    wrapped: Buffer.from(order.wrapped, 'base64'),
  };
  const writer = new PictureWriter(disk, order.path, key);
  const made: Made = { writer, images: [], thumbnail: undefined, failures: [] };
  for (const [at, image] of order.images.entries()) {
    say({ reply: 'begun', at });
    await addImage(made, image, order);
  }
  return finish(made, order);
}

function finish(made: Made, { plan, madeAt }: PreviewOrder): PreviewReply {
  const { writer, images, thumbnail, failures } = made;
  const detail = (failures[0] ?? '').slice(0, 500);
  if (images.length === 0 || !thumbnail) return { reply: 'refused', detail };
  const place = writer.add(thumbnail);
  writer.finish({ plan, madeAt, thumbnail: place, images });
  return { reply: 'done', unreadable: failures.length, detail };
}

/** What cannot be read of an image is told, and leaves the others as they are. */
async function addImage(made: Made, ordered: OrderedImage, order: PreviewOrder): Promise<void> {
  try {
    for await (const frame of readFrames(ordered)) addFrame(made, frame, ordered, order);
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    made.failures.push(error.message);
  }
}

function unreadable(detail: string): ScansideError {
  return new ScansideError('DATA_SET_UNREADABLE', detail);
}

function readBytes({ image }: OrderedImage): Uint8Array {
  try {
    return readRange(disk, image);
  } catch (error) {
    throw unreadable(readFailure(error));
  }
}

interface ShownFrame extends Frame {
  preview: boolean;
  thumbnail: boolean;
}

/** The frames of an image that a picture is made of. Throws where one cannot be read. */
async function* readFrames(ordered: OrderedImage): AsyncGenerator<ShownFrame> {
  const { image, keyFrame, preview, thumbnail } = ordered;
  const opened = await openImage(readBytes(ordered), image.transferSyntaxUid, keyFrame);
  if (opened.state !== 'read') throw unreadable(opened.detail);
  const { first, end } = opened.shown;
  const shown = preview ? Array.from({ length: end - first }, (_, at) => first + at) : [];
  const wanted = thumbnail ? [...new Set([opened.middle, ...shown])] : shown;
  for (const at of wanted.sort((a, b) => a - b)) {
    const frame = await opened.read(at);
    if ('state' in frame) throw unreadable(frame.detail);
    yield {
      ...frame,
      preview: shown.includes(at),
      thumbnail: thumbnail && at === opened.middle,
    };
  }
}

function addFrame(made: Made, shown: ShownFrame, ordered: OrderedImage, order: PreviewOrder): void {
  const values = storeValues(shown.image, undefined, shown.pixelAspect);
  const windows = windowsOf(shown, values, order);
  if (shown.preview && made.images.length < mostPreviews)
    made.images.push(writePreview(made.writer, { shown, values, windows, ordered }));
  if (shown.thumbnail || !made.thumbnail) made.thumbnail = drawThumbnail(values, windows[0]!);
}

/** The table or the windows that the image names; of a colour image its whole range. */
function windowsOf({ image, windows }: Frame, values: StoredValues, order: PreviewOrder) {
  const { voi, photometric, range } = image;
  const table = voi && 'entries' in voi ? [windowOfTable(voi)] : [];
  const whole = photometric === 'RGB' ? [windowBetween('as-stored', ...range)] : [];
  return chooseWindows([...table, ...windows, ...whole], order.region, values.units);
}

function writePreview(
  writer: PictureWriter,
  made: { shown: ShownFrame; values: StoredValues; windows: Window[]; ordered: OrderedImage },
): ShownImage {
  const { shown, values, windows, ordered } = made;
  const { values: words, units: _, ...picture } = values;
  const place = writer.add(littleEndian(words));
  const { frame, image } = shown;
  const name = { sopInstanceUid: ordered.sopInstanceUid, ...(frame !== undefined && { frame }) };
  const number = frame ?? ordered.number;
  const view = {
    ...picture,
    id: imageId(name),
    number,
    signed: words instanceof Int16Array,
    windows,
    etag: place.etag,
  };
  const { rows, columns, geometry } = image;
  const spacing = geometry?.spacing && {
    rows: geometry.spacing.rows,
    columns: geometry.spacing.columns,
  };
  return { ...name, view, place, source: { rows, columns, ...(spacing && { spacing }) } };
}

/** As every machine that runs this keeps them. */
function littleEndian({ buffer, byteOffset, byteLength }: StoredValues['values']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

stepBack();
serveThrowaway<PreviewReply>(
  (order) => make(order as PreviewOrder),
  (detail) => ({ reply: 'refused', detail: detail.slice(0, 500) }),
);
