import type { FileRefusal } from '../../messages/file-refusal.ts';
import type { FileRequest } from '../../messages/file-request.ts';
import { type FileSource, isOfRepository } from '../../mqtt/file-service.ts';

const answerMs = 15_000;

/** The repository on a web server that knows ranges. `address`: that under which `metadata/` and `targets/` lie. */
export function originSource(address: string): FileSource {
  const base = address.replace(/\/+$/, '');
  return { read: (request) => readPart(base, request) };
}

async function readPart(
  base: string,
  { file, offset, length }: FileRequest,
): Promise<Buffer | FileRefusal['because']> {
  if (!isOfRepository(file)) return 'unknown-file';
  const response = await fetch(`${base}/${file}`, {
    headers: { range: `bytes=${offset}-${offset + length - 1}`, 'accept-encoding': 'identity' },
    redirect: 'error',
    signal: AbortSignal.timeout(answerMs),
  });
  if (response.status === 206) return take(response, length);
  await response.body?.cancel();
  if (response.status === 404) return 'unknown-file';
  return response.status === 416 ? 'beyond-end' : 'unavailable';
}

/** What comes, if it is no more than was asked for. */
async function take(response: Response, length: number): Promise<Buffer | 'unavailable'> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > length) return 'unavailable';
  }
  return size > 0 ? Buffer.concat(parts) : 'unavailable';
}
