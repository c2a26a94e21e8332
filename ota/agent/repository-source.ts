import type { Clock } from '../../device/clock.ts';
import { brokerChunks, brokerMetadata } from '../mqtt/broker-files.ts';
import type { FileClient } from '../mqtt/file-client.ts';
import { HttpSource } from '../trust/http-source.ts';
import type { MetadataSource } from '../trust/metadata-source.ts';
import type { ChunkSource } from './chunk-source.ts';
import { HttpChunks, type HttpChunksOptions } from './http-chunks.ts';
import { RepositoryWay, type Standing } from './repository-way.ts';

export interface RepositorySourceOptions {
  /** Address under which `metadata/` and `targets/` lie. */
  address: string;
  clock: Clock;
  tls?: HttpChunksOptions['tls'];
  /** The repository through the broker, where there is one. */
  broker: FileClient | undefined;
  /** Told when one of the two is asked another way than before. */
  changed(what: 'metadata' | 'targets', way: Standing['way']): void;
}

/** The repository over HTTPS, or through the broker where the host is not reached. Each of the two has a way of its own. */
export class RepositorySource implements ChunkSource, MetadataSource {
  readonly #https: { chunks: HttpChunks; metadata: HttpSource };
  readonly #broker: { chunks: ChunkSource; metadata: MetadataSource } | undefined;
  readonly #ways: Record<'metadata' | 'targets', RepositoryWay>;

  constructor({ address, clock, tls, broker, changed }: RepositorySourceOptions) {
    const base = address.replace(/\/+$/, '');
    const reach = { clock, ...(tls && { tls }) };
    this.#https = {
      chunks: new HttpChunks({ ...reach, address: `${base}/targets` }),
      metadata: new HttpSource({ ...reach, address: `${base}/metadata` }),
    };
    this.#broker = broker && { chunks: brokerChunks(broker), metadata: brokerMetadata(broker) };
    const wayOf = (what: 'metadata' | 'targets') =>
      new RepositoryWay({
        clock,
        hasBroker: () => broker?.isReachable ?? false,
        changed: (way) => changed(what, way),
      });
    this.#ways = { metadata: wayOf('metadata'), targets: wayOf('targets') };
  }

  read(...part: Parameters<ChunkSource['read']>): Promise<Uint8Array> {
    return this.#ways.targets.ask(
      () => this.#https.chunks.read(...part),
      () => this.#broker!.chunks.read(...part),
    );
  }

  fetch(...file: Parameters<MetadataSource['fetch']>): Promise<Buffer | undefined> {
    return this.#ways.metadata.ask(
      () => this.#https.metadata.fetch(...file),
      () => this.#broker!.metadata.fetch(...file),
    );
  }

  close(): void {
    this.#https.chunks.close();
  }
}
