import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { ChunkSource } from './chunk-source.ts';

export interface HttpChunksOptions {
  /** Address under which the targets lie, such as `https://updates.example/targets`. */
  address: string;
  clock: Clock;
  /** Slower than this, in bytes a second over one answer, nobody waits; 16 KiB if not given. */
  leastRate?: number;
  /** Milliseconds for which nothing may come at all; 20 s if not given. */
  silence?: number;
  /** Trust and identity of the next connection: certificates are renewed meanwhile. */
  tls?: () => Pick<https.RequestOptions, 'ca' | 'cert' | 'key' | 'servername'>;
}

/**
 * Targets on a web server or a CDN, by ranges. `If-Range` holds the answers of one file together: what is exchanged on
 * the server in the midst of it is no continuation. What has come before a link breaks is handed on.
 */
export class HttpChunks implements ChunkSource {
  readonly #options: HttpChunksOptions;
  readonly #agent: https.Agent;
  readonly #tags = new Map<string, string>();

  constructor(options: HttpChunksOptions) {
    this.#options = options;
    const { Agent } = options.address.startsWith('https:') ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 }) as https.Agent;
  }

  async read(target: string, offset: number, length: number): Promise<Uint8Array> {
    const { clock, address, leastRate = 16_384, silence = 20_000 } = this.#options;
    const url = new URL(`${address.replace(/\/+$/, '')}/${target}`);
    const request = this.#ask(url, offset, length);
    const slow = () => request.destroy(new ScansideError('UPDATE_TOO_SLOW', url.href));
    const stop = clock.after(silence + (1000 * length) / leastRate, slow);
    request.setTimeout(silence, slow);
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      this.#check(response, url.href, offset, length);
      return await take(response, length);
    } catch (cause) {
      request.destroy();
      if (cause instanceof ScansideError) throw cause;
      throw new ScansideError('UPDATE_UNREACHABLE', url.href, { cause });
    } finally {
      stop();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(url: URL, offset: number, length: number): http.ClientRequest {
    const tag = offset > 0 ? this.#tags.get(url.href) : undefined;
    const headers = {
      range: `bytes=${offset}-${offset + length - 1}`,
      'accept-encoding': 'identity',
      ...(tag && { 'if-range': tag }),
    };
    const { get } = url.protocol === 'https:' ? https : http;
    return get(url, { ...this.#options.tls?.(), agent: this.#agent, headers });
  }

  /** Throws UPDATE_UNREACHABLE unless the answer is the range that was asked for. */
  #check(
    { statusCode, headers }: http.IncomingMessage,
    address: string,
    offset: number,
    length: number,
  ): void {
    const range = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '');
    const [first, last] = [Number(range?.[1]), Number(range?.[2])];
    if (statusCode !== 206 || first !== offset || !(last < offset + length)) {
      this.#tags.delete(address);
      const said = `status ${statusCode}, range ${headers['content-range'] ?? 'none'}`;
      throw new ScansideError('UPDATE_UNREACHABLE', `${said} from ${offset} of ${address}`);
    }
    const { etag } = headers;
    if (etag?.startsWith('"')) this.#tags.set(address, etag);
  }
}

/** What comes, until the end, the limit or the break of the link. Throws where nothing has come. */
async function take(response: http.IncomingMessage, length: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > length) break;
    }
  } catch (cause) {
    if (size === 0) throw cause;
  }
  return Buffer.concat(chunks).subarray(0, length);
}
