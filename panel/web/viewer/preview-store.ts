import type { ImageView } from '../../exam-detail.ts';
import type { LoadedImage } from './painter.ts';

/** Why an image is not there; the page words it. */
export type Failure = 'unreachable' | 'changed' | 'mismatch' | 'damaged';

export class PreviewError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure);
    this.failure = failure;
  }
}

/** Fetches the previews of one exam, each once, and keeps them while the page is open. Nothing is written to a disk. */
export class PreviewStore {
  readonly #examId: string;
  readonly #loads = new Map<string, Promise<LoadedImage>>();

  constructor(examId: string) {
    this.#examId = examId;
  }

  /** Rejects with a PreviewError. `progress` hears of the share that has come, 0 to 1, of a load that it starts. */
  load(view: ImageView, progress: (share: number) => void = () => undefined): Promise<LoadedImage> {
    const name = `${view.id} ${view.etag}`;
    const known = this.#loads.get(name);
    if (known) return known;
    const load = fetchImage(this.#examId, view, progress);
    this.#loads.set(name, load);
    load.catch(() => this.#loads.delete(name));
    return load;
  }
}

async function fetchImage(
  examId: string,
  view: ImageView,
  progress: (share: number) => void,
): Promise<LoadedImage> {
  const address = `/previews/${encodeURIComponent(examId)}/${encodeURIComponent(view.id)}`;
  const answer = await fetch(address).catch(() => undefined);
  if (!answer) throw new PreviewError('unreachable');
  if (!answer.ok) throw new PreviewError(answer.status === 404 ? 'changed' : 'unreachable');
  checkWhose(answer.headers, examId, view);
  return { view, values: await readValues(answer, view, progress) };
}

/** The bytes say themselves whose they are; what is another exam's, or another image's, is never drawn. */
export function checkWhose(
  headers: Pick<Headers, 'get'>,
  examId: string,
  { etag }: Pick<ImageView, 'etag'>,
): void {
  if (headers.get('x-scanside-exam') !== encodeURIComponent(examId))
    throw new PreviewError('mismatch');
  if (headers.get('etag') !== `"${etag}"`) throw new PreviewError('changed');
}

/** Reads stored values of 16 bits, little-endian. */
async function readValues(
  { body }: Response,
  { rows, columns }: ImageView,
  progress: (share: number) => void,
): Promise<Uint16Array> {
  const bytes = new Uint8Array(2 * rows * columns);
  const reader = body?.getReader();
  let filled = 0;
  for (;;) {
    const { done, value } = await readFrom(reader);
    if (done || !value) break;
    if (filled + value.length > bytes.length) throw new PreviewError('damaged');
    bytes.set(value, filled);
    filled += value.length;
    progress(filled / bytes.length);
  }
  if (filled < bytes.length) throw new PreviewError('damaged');
  return new Uint16Array(bytes.buffer);
}

async function readFrom(reader: ReadableStreamDefaultReader<Uint8Array> | undefined) {
  if (!reader) throw new PreviewError('damaged');
  return reader.read().catch(() => {
    throw new PreviewError('unreachable');
  });
}
