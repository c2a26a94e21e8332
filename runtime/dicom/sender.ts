import { ScansideError } from '../../device/errors.ts';
import {
  actionRequest,
  createRequest,
  type CommandSet,
  echoRequest,
  eventReportRequest,
  setRequest,
  storeRequest,
} from './dimse.ts';
import type { AcceptedContext } from './negotiation.ts';
import { type DialOptions, Requestor } from './requestor.ts';
import { verification } from './uid.ts';

export type { DialOptions, ProposedContext } from './requestor.ts';
export type { RequestorTls } from './requestor-tls.ts';

/** A normalized request to send: N-ACTION or N-EVENT-REPORT. */
export interface NormalizedOperation {
  sopClassUid: string;
  sopInstanceUid: string;
  /** Action Type ID or Event Type ID. */
  typeId: number;
  /** Encoded as `transferSyntaxOf(sopClassUid)` says. */
  dataSet: Uint8Array;
}

export interface StorableObject {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  /** Encoded in that transfer syntax, without the Part 10 header. */
  dataSet: Uint8Array;
  /** One of `storePriorities`; medium where absent. */
  priority?: number | undefined;
}

/**
 * An association that we have opened. Operations run one after the other, in the order asked for, and resolve with the
 * DIMSE status. They reject with CONTEXT_NOT_ACCEPTED, PEER_TIMEOUT or ASSOCIATION_ABORTED.
 */
export interface ScuAssociation {
  /** Whether the peer takes the SOP class, in that transfer syntax if one is named. */
  accepts(abstractSyntax: string, transferSyntaxUid?: string): boolean;
  /** The transfer syntax agreed on for a SOP class: the first, if it was proposed more than once. */
  transferSyntaxOf(abstractSyntax: string): string | undefined;
  echo(): Promise<number>;
  store(object: StorableObject): Promise<number>;
  action(request: NormalizedOperation): Promise<number>;
  eventReport(request: NormalizedOperation): Promise<number>;
  create(request: Omit<NormalizedOperation, 'typeId'>): Promise<number>;
  set(request: Omit<NormalizedOperation, 'typeId'>): Promise<number>;
  /** Ends the association in order; resolves also when the peer just closes or does not answer. */
  release(): Promise<void>;
  abort(): void;
  /** Resolves when the association is over, however it ended. */
  readonly ended: Promise<void>;
}

/**
 * Opens an association. Rejects with PEER_UNREACHABLE, PEER_TIMEOUT, ASSOCIATION_REJECTED (with the reason in words),
 * PEER_BUSY where that is for the moment or, when the peer aborts or closes meanwhile, ASSOCIATION_ABORTED.
 */
export async function dial(options: DialOptions): Promise<ScuAssociation> {
  const requestor = new Requestor(options);
  await requestor.opened;
  return new OpenAssociation(requestor);
}

class OpenAssociation implements ScuAssociation {
  readonly #requestor: Requestor;

  constructor(requestor: Requestor) {
    this.#requestor = requestor;
  }

  get ended(): Promise<void> {
    return this.#requestor.finished;
  }

  accepts(abstractSyntax: string, transferSyntaxUid?: string): boolean {
    return this.#find(abstractSyntax, transferSyntaxUid) !== undefined;
  }

  transferSyntaxOf(abstractSyntax: string): string | undefined {
    return this.#find(abstractSyntax)?.transferSyntax;
  }

  async echo(): Promise<number> {
    const { id } = this.#context(verification);
    return this.#requestor.exchange(
      id,
      (messageId) => echoRequest(messageId, verification),
      undefined,
    );
  }

  async store(object: StorableObject): Promise<number> {
    const { sopClassUid, sopInstanceUid, transferSyntaxUid, dataSet, priority } = object;
    const { id } = this.#context(sopClassUid, transferSyntaxUid);
    const request = (messageId: number) =>
      storeRequest(messageId, sopClassUid, sopInstanceUid, priority);
    return this.#requestor.exchange(id, request, dataSet);
  }

  action(operation: NormalizedOperation): Promise<number> {
    return this.#normalized(operation, actionRequest);
  }

  eventReport(operation: NormalizedOperation): Promise<number> {
    return this.#normalized(operation, eventReportRequest);
  }

  create(operation: Omit<NormalizedOperation, 'typeId'>): Promise<number> {
    return this.#normalized({ ...operation, typeId: 0 }, createRequest);
  }

  set(operation: Omit<NormalizedOperation, 'typeId'>): Promise<number> {
    return this.#normalized({ ...operation, typeId: 0 }, setRequest);
  }

  release(): Promise<void> {
    return this.#requestor.release();
  }

  abort(): void {
    this.#requestor.abort();
  }

  async #normalized(
    { sopClassUid, sopInstanceUid, typeId, dataSet }: NormalizedOperation,
    build: (id: number, sopClass: string, instance: string, typeId: number) => CommandSet,
  ): Promise<number> {
    const { id } = this.#context(sopClassUid);
    const request = (messageId: number) => build(messageId, sopClassUid, sopInstanceUid, typeId);
    return this.#requestor.exchange(id, request, dataSet);
  }

  #context(abstractSyntax: string, transferSyntaxUid?: string): AcceptedContext {
    const context = this.#find(abstractSyntax, transferSyntaxUid);
    if (context) return context;
    const wanted = [abstractSyntax, transferSyntaxUid].filter(Boolean).join(' in ');
    throw new ScansideError('CONTEXT_NOT_ACCEPTED', wanted);
  }

  #find(abstractSyntax: string, transferSyntaxUid?: string): AcceptedContext | undefined {
    for (const context of this.#requestor.contexts.values())
      if (
        context.abstractSyntax === abstractSyntax &&
        (transferSyntaxUid ?? context.transferSyntax) === context.transferSyntax
      )
        return context;
    return undefined;
  }
}
