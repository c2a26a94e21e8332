import { sleep, type Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { dial } from '../runtime/dicom/sender.ts';
import type { PhantomInstance } from './phantom-study.ts';

export interface ScannerOptions {
  clock: Clock;
  aeTitle: string;
  device: { host: string; port: number; aeTitle: string };
}

const retryMs = 300;
const attempts = 200;

/**
 * Sends a study as a scanner does: one association, image after image, and from the first unanswered image again when
 * the association breaks. Resolves with the monotonic time of the last response. Rejects when the device refuses an
 * image or stays away for a minute.
 */
export async function sendStudy(
  instances: PhantomInstance[],
  options: ScannerOptions,
): Promise<number> {
  const left = [...instances];
  for (let attempt = 1; left.length > 0; attempt++) {
    try {
      await sendOnce(left, options);
    } catch (error) {
      if (!(error instanceof ScansideError) || attempt === attempts) throw error;
      await sleep(options.clock, retryMs);
    }
  }
  return options.clock.monotonic();
}

/** Takes each image off the list when its success has come. */
async function sendOnce(
  left: PhantomInstance[],
  { clock, aeTitle, device }: ScannerOptions,
): Promise<void> {
  const { aeTitle: calledAeTitle, ...address } = device;
  const association = await dial({
    ...address,
    callingAeTitle: aeTitle,
    calledAeTitle,
    maxPduLength: 131_072,
    connectMs: 5000,
    responseMs: 20_000,
    clock,
    contexts: propose(left),
  });
  try {
    for (let next = left[0]; next; next = left[0]) {
      const status = await association.store(next);
      if (status !== 0) throw new Error(`the device answered 0x${status.toString(16)}`);
      left.shift();
    }
  } catch (error) {
    association.abort();
    throw error;
  }
  await association.release();
}

function propose(instances: PhantomInstance[]) {
  const syntaxes = new Map(
    instances.map(({ sopClassUid, transferSyntaxUid }) => [sopClassUid, transferSyntaxUid]),
  );
  return [...syntaxes].map(([abstractSyntax, syntax]) => ({
    abstractSyntax,
    transferSyntaxes: [syntax],
  }));
}
