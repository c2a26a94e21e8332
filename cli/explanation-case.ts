import { ScansideError } from '../device/errors.ts';
import type { StoredImage } from '../models/stored-image.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstString } from '../runtime/dicom/value.ts';
import type { LoadedBundle } from '../runtime/inference/analysis.ts';
import { type Examination, examine, unfit } from '../runtime/inference/examination.ts';
import { isAssembled, prepareInput, type Received } from '../runtime/inference/input.ts';
import { openPixels } from '../runtime/inference/pixels.ts';
import { readInstanceHeader } from '../runtime/spool/instance.ts';
import { whyNot } from './bundle-scorer.ts';
import { UsageError } from './options.ts';

/** One frame of an image, as the network sees it and what the model says of it. */
export interface Case {
  state: 'open';
  image: StoredImage;
  /** From 1. */
  frame: number;
  frames: number;
  /** Rows × columns of the network. */
  input: Float32Array;
  examination: Examination;
}

/** There is nothing to explain, and why. */
export interface NoCase {
  state: 'refused';
  why: string;
}

const memoryCap = 256 << 20;

function refused(why: string): NoCase {
  return { state: 'refused', why };
}

/** Its pictures would go where the image must not. */
function namesPatient({ bytes, transferSyntaxUid }: Received): boolean {
  const header = readInstanceHeader(bytes, transferSyntaxUid);
  return firstString(header, tags.BurnedInAnnotation) === 'YES';
}

/** Why the image is none that this model, or this command, may take. Throws DATA_SET_UNREADABLE. */
function objection({ manifest }: LoadedBundle, received: Received): string | undefined {
  if (isAssembled(manifest))
    return 'the model looks at several slices at once; only models of one image are explained';
  const why = whyNot(manifest, received);
  if (why !== undefined) return `out of scope: ${why}`;
  return namesPatient(received)
    ? 'Burned In Annotation is YES: the picture names the patient, and so would the explanation'
    : undefined;
}

async function examineFrame(
  loaded: LoadedBundle,
  received: Received,
  frame: number,
): Promise<Case | NoCase> {
  const pixels = await openPixels(received.bytes, received.transferSyntaxUid, { memoryCap });
  if (pixels.state !== 'read') return refused(pixels.detail);
  const { frames } = pixels;
  if (frame > frames) throw new UsageError(`--frame: the image has ${frames}, not ${frame}`);
  const reading = await pixels.read(frame - 1);
  if (reading.state !== 'read') return refused(reading.detail);
  const input = prepareInput(loaded.manifest, [reading.image]);
  if (unfit(input)) return refused('the image has no contrast');
  const [examination] = await examine(loaded, [input]);
  return { state: 'open', image: reading.image, frame, frames, input, examination: examination! };
}

/**
 * Takes one frame, counted from 1, as the device would, and asks the model. What is wrong with the image, already when
 * it is read, is an answer.
 * Throws UsageError for a frame that is not there, MODEL_FAULT.
 */
export async function openCase(
  loaded: LoadedBundle,
  read: () => Received,
  frame: number,
): Promise<Case | NoCase> {
  try {
    const received = read();
    const why = objection(loaded, received);
    return why === undefined ? await examineFrame(loaded, received, frame) : refused(why);
  } catch (error) {
    if (!(error instanceof ScansideError) || error.code !== 'DATA_SET_UNREADABLE') throw error;
    return refused(error.message);
  }
}
