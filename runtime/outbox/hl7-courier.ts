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
import { connectMllp, type MllpConnection, type MllpPeer } from './mllp-connection.ts';

/** What became of one attempt to hand a message over. */
export type Attempt =
  | { verdict: 'accepted' }
  /** Later, not before `retryAfterMs` where it is given. */
  | { verdict: 'refused'; detail: string; retryAfterMs?: number | undefined };

/** A link to a destination that is open now. */
export interface Link {
  /** A message has one form: the report that it is about. */
  forms(sopInstanceUid: string): Reference[];
  /** Throws PEER_UNREACHABLE, PEER_TIMEOUT, TLS_FAILED or ASSOCIATION_ABORTED where the link itself has failed. */
  store(sopInstanceUid: string): Promise<Attempt>;
  /** Never called: an acknowledgement is the last proof of delivery that HL7 has. */
  requestCommitment(): Promise<void>;
  release(): Promise<void>;
  abort(): void;
}

/** Opens links to destinations by name. Throws PEER_UNREACHABLE, PEER_TIMEOUT or TLS_FAILED. */
export interface Courier {
  open(destination: string): Promise<Link>;
}

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
  /** The message about the result whose report this is, as this destination is to have it. Throws where it cannot be made. */
  message(sopInstanceUid: string, destination: string): SentMessage;
  /** The report itself. */
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
      const link = new MllpLink({ ...peer, connectMs, clock }, name, options);
      await link.connect();
      return link;
    },
  };
}

class MllpLink implements Link {
  readonly #peer: MllpPeer;
  readonly #name: string;
  readonly #options: Hl7CourierOptions;
  #connection: MllpConnection | undefined;

  constructor(peer: MllpPeer, name: string, options: Hl7CourierOptions) {
    this.#peer = peer;
    this.#name = name;
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
    const message = this.#options.message(sopInstanceUid, this.#name);
    const connection = await this.connect();
    try {
      return await send(message, connection);
    } catch (error) {
      if (!connection.isSpent) throw error;
      return send(message, await this.connect());
    }
  }

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
