import { ScansideError } from '../../device/errors.ts';
import { brokenCodes } from '../../device/network-error.ts';
import { encodeFhirEvent, recordSystem } from './fhir-event.ts';
import { type AuditOrigin, messageOf, recordUrn } from './message.ts';
import { judgeFailure } from './refusal.ts';
import type { AuditSink, Outgoing, SinkConnection } from './sink.ts';

/** What is asked of an HTTP client; it rejects with a ScansideError whose cause is Node's own. */
export interface FhirClient {
  exchange(request: {
    method: 'POST';
    path: string;
    headers: Readonly<Record<string, string>>;
    body: Uint8Array;
  }): Promise<{ status: number }>;
}

export interface FhirSinkOptions {
  /** A code that names it. */
  name: string;
  origin: AuditOrigin;
  /** Reaches the base of a FHIR R4 server over HTTPS, with this device's certificate. */
  client: FhirClient;
}

const batch = 16;
const headers = {
  'content-type': 'application/fhir+json; charset=utf-8',
  accept: 'application/fhir+json',
  // The answer says no more than that it was taken (http, 3.1.0.1.10).
  prefer: 'return=minimal',
};

/**
 * A FHIR R4 server that is sent an AuditEvent for each record: ITI-20 of IHE RESTful ATNA. Each is created on
 * condition that it is not there yet, because the answer to one that was created may have been lost.
 */
export function createFhirSink(options: FhirSinkOptions): AuditSink {
  const basics = { name: options.name, protocol: 'fhir', settleMs: 0, window: 0, batch } as const;
  return { ...basics, connect: () => Promise.resolve(new FhirLine(options)) };
}

/** The connections of one attempt: the client opens and keeps them as it needs them. */
class FhirLine implements SinkConnection {
  readonly lost = new Promise<ScansideError>(() => undefined);
  readonly #options: FhirSinkOptions;
  #isAnswered = false;

  constructor(options: FhirSinkOptions) {
    this.#options = options;
  }

  async send(records: readonly Outgoing[]): Promise<void> {
    for (const each of records) await this.#sendOne(each);
  }

  close(): void {}

  async #sendOne({ record, again }: Outgoing): Promise<void> {
    const { name, origin, client } = this.#options;
    const condition = `entity:identifier=${recordSystem}|${encodeURIComponent(recordUrn(record))}`;
    const body = Buffer.from(JSON.stringify(encodeFhirEvent(messageOf(record, origin))));
    const all = again ? { ...headers, 'if-none-exist': condition } : headers;
    const request = { method: 'POST', path: '/AuditEvent', headers: all, body } as const;
    const { status } = await client.exchange(request).catch((error: unknown) => {
      throw this.#explain(error);
    });
    this.#isAnswered = true;
    const refusal = judgeStatus(status);
    if (refusal) throw new ScansideError(refusal, `${name}: record ${record.sequence}: ${status}`);
  }

  /** Whose certificate was refused; a server that ends the connection before its first answer refuses ours. */
  #explain(error: unknown): unknown {
    if (!(error instanceof ScansideError)) return error;
    const { name } = this.#options;
    const { code = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
    if (error.code === 'TLS_FAILED')
      return new ScansideError(judgeFailure(code), `${name}: ${code}`, { cause: error });
    if (error.code === 'ASSOCIATION_ABORTED' && !this.#isAnswered && brokenCodes.has(code))
      return new ScansideError('AUDIT_CLIENT_REFUSED', `${name}: ${code}`, { cause: error });
    return error;
  }
}

/** 412 says that several of the same are there already. */
export function judgeStatus(status: number) {
  if ((status >= 200 && status < 300) || status === 412) return undefined;
  if (status === 401 || status === 403) return 'PEER_DENIED';
  return status === 408 || status === 429 || status >= 500 ? 'PEER_BUSY' : 'AUDIT_RECORD_REFUSED';
}
