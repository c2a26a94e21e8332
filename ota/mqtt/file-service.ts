import { join } from 'node:path';
import type { Files } from '../../device/files.ts';
import { checkTargetName } from '../trust/target-name.ts';
import type { FileRefusal } from '../messages/file-refusal.ts';
import type { FileRequest } from '../messages/file-request.ts';
import type { BrokerLink, Incoming } from './broker-link.ts';
import { chunkSchema, encodeMessage, readMessage } from './contract.ts';
import { downTopic, parseTopic, upFilter } from './topics.ts';

/** Where the fleet's side has the files of the repository. */
export interface FileSource {
  /**
   * Bytes of a file below the repository, such as `metadata/timestamp.json`, fewer than asked for where it ends; or why
   * there are none. A rejection stands for `unavailable`.
   */
  read(request: FileRequest): Promise<Buffer | FileRefusal['because']>;
}

interface Answer {
  schema: typeof chunkSchema | 'file-refusal';
  payload: Buffer;
}

/** What several services subscribe to together: each request goes to one of them. */
export const fileRequests = `$share/files/${upFilter('file')}`;

/** What is answered to a request. Never rejects. */
export async function answerFileRequest(payload: Buffer, source: FileSource): Promise<Answer> {
  const found = await readRequested(payload, source);
  if (typeof found !== 'string') return { schema: chunkSchema, payload: found };
  const refusal = encodeMessage('file-refusal', { schema: 1, because: found });
  return { schema: 'file-refusal', payload: refusal };
}

async function readRequested(payload: Buffer, source: FileSource) {
  let request: FileRequest;
  try {
    request = readMessage('file-request', payload);
  } catch {
    return 'malformed';
  }
  return source.read(request).catch(() => 'unavailable' as const);
}

/** Answers a request that came on `fileRequests`. The answer goes to the device whose topic it was and nowhere else. */
export async function serveFile(
  link: Pick<BrokerLink, 'publish'>,
  source: FileSource,
  { topic, payload, correlation }: Pick<Incoming, 'topic' | 'payload' | 'correlation'>,
): Promise<void> {
  const parts = parseTopic(topic);
  if (parts?.direction !== 'up' || parts.name !== 'file' || !correlation) return;
  const answer = await answerFileRequest(payload, source);
  await link.publish(downTopic(parts.device, 'file'), answer.payload, {
    schema: answer.schema,
    json: answer.schema !== chunkSchema,
    correlation,
    expirySeconds: 60,
  });
}

/** The repository in a folder, such as `repository` of the fleet manager. */
export function folderSource(files: Files, folder: string): FileSource {
  return { read: (request) => Promise.resolve(readPart(files, folder, request)) };
}

function readPart(
  files: Files,
  folder: string,
  { file, offset, length }: FileRequest,
): Buffer | FileRefusal['because'] {
  const path = pathOf(folder, file);
  if (path === undefined || !files.isPlainFile(path)) return 'unknown-file';
  const fd = files.openToRead(path);
  try {
    const left = files.size(fd) - offset;
    if (left <= 0) return 'beyond-end';
    const bytes = Buffer.alloc(Math.min(length, left));
    return files.read(fd, bytes, offset) === bytes.length ? bytes : 'unavailable';
  } finally {
    files.close(fd);
  }
}

function pathOf(folder: string, file: string): string | undefined {
  return isOfRepository(file) ? join(folder, file) : undefined;
}

/** Whether a name lies below the repository and can lead nowhere else. */
export function isOfRepository(file: string): boolean {
  try {
    checkTargetName(file);
  } catch {
    return false;
  }
  return ['metadata/', 'targets/'].some((folder) => file.startsWith(folder));
}
