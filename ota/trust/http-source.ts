import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { MetadataSource } from './metadata-source.ts';

export interface HttpSourceOptions {
  /** Address under which the files lie, such as `https://updates.example/metadata`. */
  address: string;
  clock: Clock;
  /** Milliseconds for a whole file; 30 s if not given. */
  deadline?: number;
  /** Trust and identity of the next connection: certificates are renewed meanwhile. */
  tls?: () => Pick<https.RequestOptions, 'ca' | 'cert' | 'key' | 'servername'>;
}

/**
 * A repository on a web server or a CDN. Only "200" and "404" are answers: a proxy that forbids, redirects or asks for a
 * sign-in says nothing about the repository. What is sent is counted as it comes, and the connection ends at the limit.
 */
export class HttpSource implements MetadataSource {
  readonly #options: HttpSourceOptions;

  constructor(options: HttpSourceOptions) {
    this.#options = options;
  }

  /** `name`: a path with its special characters encoded. */
  async fetch(name: string, maxLength: number): Promise<Buffer | undefined> {
    const { address, clock, deadline = 30_000, tls } = this.#options;
    const url = new URL(`${address.replace(/\/+$/, '')}/${name}`);
    const { get } = url.protocol === 'https:' ? https : http;
    const request = get(url, { ...tls?.(), agent: false });
    const stop = clock.after(deadline, () =>
      request.destroy(new ScansideError('UPDATE_TOO_SLOW', url.href)),
    );
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      return await read(response, url.href, maxLength);
    } catch (cause) {
      if (cause instanceof ScansideError) throw cause;
      throw new ScansideError('UPDATE_UNREACHABLE', url.href, { cause });
    } finally {
      stop();
      request.destroy();
    }
  }
}

async function read(
  response: http.IncomingMessage,
  address: string,
  maxLength: number,
): Promise<Buffer | undefined> {
  const { statusCode } = response;
  if (statusCode === 404) return undefined;
  if (statusCode !== 200)
    throw new ScansideError('UPDATE_UNREACHABLE', `status ${statusCode} of ${address}`);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > maxLength) throw new ScansideError('UPDATE_TOO_LONG', address);
  }
  return Buffer.concat(chunks);
}
