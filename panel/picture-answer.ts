import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Picture } from './exam-detail.ts';

const gzip = promisify(gzipCallback);

/** Bytes of zipped pictures that are kept. */
const keptBytes = 48 * 1024 * 1024;
/** A zipped picture is worth its unzipping from this share of the plain one on. */
const pays = 0.9;

interface Zipped {
  bytes: Promise<Uint8Array | undefined>;
  size: number;
}

/**
 * Answers with pictures. `no-store` of all answers holds for them too: what is on a patient's image stays in the memory of
 * the page that shows it, and no disk of a shared screen has it. The page itself names the tag that it holds, so that
 * the same bytes are not sent twice (RFC 9110, 13.1.2).
 */
export class PictureAnswers {
  readonly #zipped = new Map<string, Zipped>();
  #bytes = 0;

  /** `headers`: what the picture is of, so that a page draws it in no other's place. */
  async send(
    request: FastifyRequest,
    reply: FastifyReply,
    picture: Picture,
    headers: Record<string, string> = {},
  ): Promise<FastifyReply> {
    const etag = `"${picture.etag}"`;
    reply.headers({ ...headers, etag, vary: 'accept-encoding' });
    if (isHeld(request.headers['if-none-match'], etag)) return reply.code(304).send();
    reply.type(picture.type);
    const zipped = accepts(request) ? await this.#zip(picture) : undefined;
    if (zipped) reply.header('content-encoding', 'gzip');
    const bytes = zipped ?? picture.bytes;
    return reply
      .header('content-length', bytes.byteLength)
      .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  /** Stored values alone: a PNG is packed already. Whoever asks for the same meanwhile waits for the same. */
  async #zip({ type, bytes, etag }: Picture): Promise<Uint8Array | undefined> {
    if (type !== 'application/octet-stream') return undefined;
    const known = this.#zipped.get(etag);
    if (known) this.#zipped.delete(etag);
    const entry = known ?? { bytes: zipIfItPays(bytes), size: 0 };
    this.#zipped.set(etag, entry);
    const zipped = await entry.bytes;
    if (entry.size === 0 && zipped) this.#keep(entry, zipped.byteLength);
    return zipped;
  }

  #keep(entry: Zipped, size: number): void {
    entry.size = size;
    this.#bytes += size;
    for (const [etag, oldest] of this.#zipped) {
      if (this.#bytes <= keptBytes) return;
      this.#zipped.delete(etag);
      this.#bytes -= oldest.size;
    }
  }
}

async function zipIfItPays(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const zipped = await gzip(bytes, { level: 1 });
  return zipped.byteLength < pays * bytes.byteLength ? zipped : undefined;
}

function accepts({ headers }: FastifyRequest): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(headers['accept-encoding'] ?? '');
}

function isHeld(held: string | undefined, etag: string): boolean {
  const tags = (held ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag);
}
