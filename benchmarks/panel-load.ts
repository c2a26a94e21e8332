import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { deriveUid } from '../runtime/dicom/uid.ts';
import type { Visitor } from '../tests/panel-visitor.ts';
import { startProgram, until } from '../tests/peers/process.ts';
import { writeBatch } from './ct-images.ts';
import type { Line } from './line-appliance.ts';
import { listExams, timeAnswer } from './panel-visit.ts';
import { send, tunedSender } from './sender.ts';

/** A screen that asks so often is far below what one address may ask. */
const pauseMs = 40;
const associations = 5;

/** Milliseconds that each answer took. */
export interface Answers {
  list: number[];
  page: number[];
}

export interface UnderImages extends Answers {
  images: number;
  lost: number;
}

/** Asks for the list and for its page in turn until `isOver`. */
async function askUntil(reader: Visitor, isOver: () => boolean): Promise<Answers> {
  const answers: Answers = { list: [], page: [] };
  while (!isOver()) {
    answers.list.push(await timeAnswer(reader, '/api/exams'));
    answers.page.push(await timeAnswer(reader, '/'));
    await sleep(pauseMs);
  }
  return answers;
}

function isLater(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() > end;
}

/** While nothing else happens. */
export function askAlone(reader: Visitor, seconds: number): Promise<Answers> {
  return askUntil(reader, isLater(seconds));
}

/** While five associations send CT images, and how many of these the list then lacks. */
export async function askUnderImages(
  { scanner }: Line,
  reader: Visitor,
  folder: string,
  images: number,
): Promise<UnderImages> {
  const batch = writeBatch(folder, 'panel', images, associations);
  const { port, aeTitle } = scanner.device;
  const client = [...tunedSender.client, '-aet', scanner.aeTitle, '-aec', aeTitle];
  let isSent = false;
  const sending = send({ ...tunedSender, client }, port, batch, associations).finally(() => {
    isSent = true;
  });
  const [answers] = await Promise.all([askUntil(reader, () => isSent), sending]);
  const uids = batch.studies.map((_, study) => deriveUid('benchmark', 'panel', String(study)));
  let listed = 0;
  await until(async () => {
    const exams = (await listExams(reader)).filter(({ id }) => uids.includes(id));
    listed = exams.reduce((sum, exam) => sum + exam.images, 0);
    return listed >= images;
  });
  return { ...answers, images, lost: images - listed };
}

export interface UnderFlood extends Answers {
  /** What the flood got done: tries to sign in that were answered, and connections that were cut. */
  tries: number;
  cut: number;
}

/** While others try to sign in from many addresses, and send requests byte by byte. */
export async function askUnderFlood(
  panel: string,
  reader: Visitor,
  seconds: number,
): Promise<UnderFlood> {
  const program = join(import.meta.dirname, 'panel-flood.ts');
  const flood = await startProgram(process.execPath, [program, panel], (output) =>
    output.includes('flooding'),
  );
  try {
    const answers = await askUntil(reader, isLater(seconds));
    await flood.stop();
    const done = JSON.parse(flood.output().trim().split('\n').at(-1) ?? '{}') as Pick<
      UnderFlood,
      'tries' | 'cut'
    >;
    return { ...answers, ...done };
  } finally {
    await flood.stop();
  }
}
