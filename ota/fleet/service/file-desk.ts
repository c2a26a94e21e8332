import type { IPublishPacket } from 'mqtt-packet';
import { type Clock, sleep } from '../../../device/clock.ts';
import { readMessage } from '../../mqtt/contract.ts';
import { type FileSource, serveFile } from '../../mqtt/file-service.ts';
import { parseTopic } from '../../mqtt/topics.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { RateBound } from './rate-bound.ts';

/** A device waits for half a minute; what would come later than this is left, and it asks again. */
const longestWaitMs = 15_000;

/** Answers devices that ask for the repository's files through the broker, each at its bytes a second at most. */
export class FileDesk {
  readonly #source: FileSource;
  readonly #bound: RateBound;

  constructor(source: FileSource, bytesPerSecond: number) {
    this.#source = source;
    this.#bound = new RateBound({ bytesPerSecond, longestWaitMs });
  }

  /** Answers when it is the device's turn. What cannot be sent is asked for again. */
  answer(
    { topic, payload, properties }: IPublishPacket,
    link: BrokerConnection,
    clock: Clock,
  ): void {
    const device = parseTopic(topic)?.device ?? '';
    const delay = this.#bound.delay(device, lengthIn(payload), clock.monotonic());
    if (delay === undefined) return;
    const request = {
      topic,
      payload: Buffer.from(payload),
      correlation: properties?.correlationData,
    };
    sleep(clock, delay)
      .then(() => serveFile(link, this.#source, request))
      .catch(() => undefined);
  }
}

/** Bytes that are asked for; 0 where that cannot be read. */
function lengthIn(payload: IPublishPacket['payload']): number {
  try {
    return readMessage('file-request', Buffer.from(payload)).length;
  } catch {
    return 0;
  }
}
