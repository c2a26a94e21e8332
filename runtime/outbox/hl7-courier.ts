import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Reference } from '../dicom/commitment.ts';
import type { RequestorTls } from '../dicom/requestor-tls.ts';
import {
  type Acknowledgement,
  readAcknowledgement,
  type SentMessage,
  UnreadableAcknowledgement,
} from './hl7-acknowledgement.ts';
import type { Attempt, Courier, Link } from './destination.ts';
import { connectMllp, type MllpConnection, type MllpPeer } from './mllp-connection.ts';

export interface Hl7CourierOptions {
  clock: Clock;
  destinations: {
    name: string;
    host: string;
    port: number;
    tls?: RequestorTls | undefined;
    /** How long an acknowledgement may take, milliseconds. */
    answerMs: number;
  }[];
  /** A message as it lies in the spool, in UTF-8. Throws where it cannot be read. */
  load(sopInstanceUid: string): Uint8Array;
  /** What a message is called, without its text. */
  refer(sopInstanceUid: string): Reference;
}

const connectMs = 10_000;
/** A rejection is for an operator to see to: the same message is tried again only now and then. */
const rejectedRetryMs = 15 * 60_000;

/** Opens links that carry HL7 messages over MLLP, with TLS where the destination has it. */
export function createHl7Courier(options: Hl7CourierOptions): Courier {
  const { clock } = options;
  return {
    async open(name) {
      const to = options.destinations.find((destination) => destination.name === name);
      if (!to) throw new ScansideError('INTERNAL', `no destination ${name}`);
      const peer = { host: to.host, port: to.port, tls: to.tls, answerMs: to.answerMs };
      const link = new MllpLink({ ...peer, connectMs, clock }, options);
      await link.connect();
      return link;
    },
  };
}

class MllpLink implements Link {
  readonly #peer: MllpPeer;
  readonly #options: Hl7CourierOptions;
  #connection: MllpConnection | undefined;

  constructor(peer: MllpPeer, options: Hl7CourierOptions) {
    this.#peer = peer;
    this.#options = options;
  }

  async connect(): Promise<MllpConnection> {
    if (!this.#connection?.isOpen) this.#connection = await connectMllp(this.#peer);
    return this.#connection;
  }

  forms(sopInstanceUid: string): Reference[] {
    return [this.#options.refer(sopInstanceUid)];
  }

  /** Engines that take one message in a connection may end it while the next one is on its way. */
  async store(sopInstanceUid: string): Promise<Attempt> {
    const message = readMessage(this.#options.load(sopInstanceUid));
    const connection = await this.connect();
    try {
      return await send(message, connection);
    } catch (error) {
      if (!connection.isSpent) throw error;
      return send(message, await this.connect());
    }
  }

  /** An acknowledgement is the last proof of delivery that HL7 has. */
  requestCommitment(): Promise<void> {
    return Promise.reject(new ScansideError('INTERNAL', 'storage commitment by HL7'));
  }

  async release(): Promise<void> {
    await this.#connection?.close();
  }

  abort(): void {
    this.#connection?.abort();
  }
}

/** MSH-10 is the ninth field after the delimiters: MSH-1 is the first delimiter itself. */
function readMessage(bytes: Uint8Array): SentMessage {
  const text = new TextDecoder().decode(bytes);
  return { controlId: text.split('\r', 1)[0]?.split('|')[9] ?? '', text };
}

async function send(message: SentMessage, connection: MllpConnection): Promise<Attempt> {
  const answer = await connection.exchange(Buffer.from(message.text, 'utf8'));
  return judge(readAnswer(answer, message, connection));
}

/** An answer that is none, or one to another message, leaves open what became of ours: the connection is given up. */
function readAnswer(
  bytes: Uint8Array,
  sent: SentMessage,
  connection: MllpConnection,
): Acknowledgement {
  try {
    const answer = readAcknowledgement(bytes, sent);
    if (answer.controlId === sent.controlId) return answer;
    throw new UnreadableAcknowledgement('an acknowledgement of another message');
  } catch (cause) {
    if (!(cause instanceof UnreadableAcknowledgement)) throw cause;
    throw connection.abort(cause.message);
  }
}

/** Table 0008: accepted; an error, which may pass; a rejection, which a person must see to. */
function judge({ code, detail }: Acknowledgement): Attempt {
  const said = detail === '' ? code : `${code}: ${detail}`;
  if (code === 'AA' || code === 'CA') return { verdict: 'accepted' };
  if (code === 'AE' || code === 'CE') return { verdict: 'refused', detail: said };
  return { verdict: 'refused', detail: said, retryAfterMs: rejectedRetryMs };
}
