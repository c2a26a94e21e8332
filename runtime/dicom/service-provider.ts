import { ByteCollector } from './byte-collector.ts';
import type { Connection } from './connection.ts';
import { type CommandSet, commandFields, responseTo } from './dimse.ts';
import { MalformedMessage } from './malformed.ts';
import type { DataSetTarget } from './message-reader.ts';
import type { AcceptedContext } from './negotiation.ts';
import { isStorageSopClass } from './sop-class.ts';
import { status } from './status.ts';
import { isUid } from './uid.ts';

/** What a C-STORE request says before its data set. All UIDs are valid UIDs. */
export interface StoreRequest {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  messageId: number;
  /** Priority (0000,0700) as the peer gave it, one of `storePriorities`; undefined where it gave none. */
  priority?: number | undefined;
}

/** Keeps one instance. */
export interface StoreSink {
  /**
   * Takes bytes of the data set as received, in order; the buffer is reused after the call returns. May throw: the
   * rest is discarded and the C-STORE answered with status A700.
   */
  write(buffer: Uint8Array, start: number, end: number): void;
  /** The data set is whole. Resolves with the DIMSE status once its fate is durable. */
  end(): Promise<number>;
  /** The association died in mid-instance, or `write` has thrown. */
  abort(): void;
}

/** An N-ACTION, N-EVENT-REPORT, N-CREATE or N-SET request. */
export interface NormalizedRequest {
  sopClassUid: string;
  sopInstanceUid: string;
  /** Action Type ID or Event Type ID; 0 where the operation has none. */
  typeId: number;
  /** How `dataSet` is encoded. */
  transferSyntaxUid: string;
  dataSet: Buffer | undefined;
}

/** The operations that are performed for the peer; one that is absent is answered as unrecognized. */
export interface ProviderHandlers {
  store?: ((request: StoreRequest) => StoreSink | number) | undefined;
  action?: ((request: NormalizedRequest) => Promise<number>) | undefined;
  eventReport?: ((request: NormalizedRequest) => Promise<number>) | undefined;
  create?: ((request: NormalizedRequest) => Promise<number>) | undefined;
  set?: ((request: NormalizedRequest) => Promise<number>) | undefined;
}

/** SOP class UID, SOP instance UID and type ID, as far as the peer has given them. */
type Named = readonly [string | undefined, string | undefined, number | undefined];

/** Which handler performs a normalized request, and where its command set names the object (PS3.7 table 10.3-1). */
const normalizedOperations: Record<
  number,
  { handler: 'action' | 'eventReport' | 'create' | 'set'; named(request: CommandSet): Named }
> = {
  [commandFields['N-ACTION-RQ']]: {
    handler: 'action',
    named: (request) => [
      request.requestedSopClassUid,
      request.requestedSopInstanceUid,
      request.actionTypeId,
    ],
  },
  [commandFields['N-EVENT-REPORT-RQ']]: {
    handler: 'eventReport',
    named: (request) => [
      request.affectedSopClassUid,
      request.affectedSopInstanceUid,
      request.eventTypeId,
    ],
  },
  [commandFields['N-CREATE-RQ']]: {
    handler: 'create',
    named: (request) => [request.affectedSopClassUid, request.affectedSopInstanceUid, 0],
  },
  [commandFields['N-SET-RQ']]: {
    handler: 'set',
    named: (request) => [request.requestedSopClassUid, request.requestedSopInstanceUid, 0],
  },
};

/** A commitment request of 50,000 references is about 8 MB. */
const normalizedDataSetLimit = 16 * 1024 * 1024;

/** Performs the requests that arrive on one association, one after the other. */
export class ServiceProvider {
  readonly #connection: Connection;
  readonly #contexts: ReadonlyMap<number, AcceptedContext>;
  readonly #handlers: ProviderHandlers;
  #sink: StoreSink | undefined;

  constructor(
    connection: Connection,
    contexts: ReadonlyMap<number, AcceptedContext>,
    handlers: ProviderHandlers,
  ) {
    this.#connection = connection;
    this.#contexts = contexts;
    this.#handlers = handlers;
  }

  /** Takes a request; returns where its data set goes. Throws MalformedMessage. */
  command(contextId: number, request: CommandSet): DataSetTarget {
    const context = this.#contexts.get(contextId);
    if (!context) throw new MalformedMessage(`presentation context ${contextId} is not accepted`);
    if (request.commandField === commandFields['C-CANCEL-RQ']) return discard(() => {});
    if (request.messageId === undefined) throw new MalformedMessage('no Message ID');
    switch (request.commandField) {
      case commandFields['C-ECHO-RQ']:
        return this.#answer(context, request, status.success);
      case commandFields['C-STORE-RQ']:
        return this.#store(context, request);
      default:
        return this.#normalized(context, request);
    }
  }

  /** The association has ended; an instance in progress is dropped. */
  abandon(): void {
    this.#sink?.abort();
    this.#sink = undefined;
  }

  /** Reads the data set, drops it and answers. */
  #answer(context: AcceptedContext, request: CommandSet, code: number): DataSetTarget {
    return discard(() => this.#connection.sendCommand(context.id, responseTo(request, code)));
  }

  #store(context: AcceptedContext, request: CommandSet): DataSetTarget {
    const refusal = findStoreRefusal(context, request);
    if (refusal !== undefined) return this.#answer(context, request, refusal);
    const sink = this.#open({
      sopClassUid: context.abstractSyntax,
      sopInstanceUid: request.affectedSopInstanceUid!,
      transferSyntaxUid: context.transferSyntax,
      messageId: request.messageId!,
      priority: request.priority,
    });
    if (typeof sink === 'number') return this.#answer(context, request, sink);
    this.#sink = sink;
    return {
      write: (buffer, start, end) => this.#write(buffer, start, end),
      end: () => this.#finish(context, request),
    };
  }

  #open(request: StoreRequest): StoreSink | number {
    if (!this.#handlers.store) return status.unrecognizedOperation;
    try {
      return this.#handlers.store(request);
    } catch {
      return status.outOfResources;
    }
  }

  #write(buffer: Buffer, start: number, end: number): void {
    try {
      this.#sink?.write(buffer, start, end);
    } catch {
      this.abandon();
    }
  }

  #finish(context: AcceptedContext, request: CommandSet): void {
    const sink = this.#sink;
    this.#sink = undefined;
    const fate = sink ? () => sink.end() : () => Promise.resolve(status.outOfResources);
    this.#perform(context, request, status.outOfResources, fate);
  }

  #normalized(context: AcceptedContext, request: CommandSet): DataSetTarget {
    const operation = normalizedOperations[request.commandField];
    const handler = operation && this.#handlers[operation.handler];
    if (!handler || isStorageSopClass(context.abstractSyntax))
      return this.#answer(context, request, status.unrecognizedOperation);
    const [sopClassUid, sopInstanceUid, typeId] = operation.named(request);
    if (sopClassUid === undefined || sopInstanceUid === undefined || typeId === undefined)
      return this.#answer(context, request, status.mistypedArgument);
    const { transferSyntax: transferSyntaxUid } = context;
    return collect((dataSet) =>
      this.#perform(context, request, status.processingFailure, () =>
        handler({ sopClassUid, sopInstanceUid, typeId, transferSyntaxUid, dataSet }),
      ),
    );
  }

  /** Runs an operation while nothing more is read, then answers; `failure` is the status where it throws. */
  #perform(
    context: AcceptedContext,
    request: CommandSet,
    failure: number,
    operation: () => Promise<number>,
  ): void {
    this.#connection.beginWork();
    const answer = (code: number): void => {
      this.#connection.sendCommand(context.id, responseTo(request, code));
      this.#connection.endWork();
    };
    attempt(operation).then(answer, () => answer(failure));
  }
}

/** Turns a throw before the first await into a rejection. */
async function attempt(operation: () => Promise<number>): Promise<number> {
  return operation();
}

/** Why a C-STORE request is refused before its data set is read, or undefined. */
function findStoreRefusal(context: AcceptedContext, request: CommandSet): number | undefined {
  if (!isStorageSopClass(context.abstractSyntax)) return status.unrecognizedOperation;
  const { affectedSopClassUid, affectedSopInstanceUid } = request;
  if (affectedSopClassUid === undefined || affectedSopInstanceUid === undefined)
    return status.mistypedArgument;
  if (affectedSopClassUid !== context.abstractSyntax) return status.dataSetDoesNotMatchSopClass;
  if (!isUid(affectedSopInstanceUid)) return status.invalidSopInstance;
  return request.hasDataSet ? undefined : status.cannotUnderstand;
}

function discard(end: () => void): DataSetTarget {
  return { write: () => {}, end };
}

/** Keeps a data set in memory, up to its limit. */
function collect(done: (dataSet: Buffer | undefined) => void): DataSetTarget {
  const collected = new ByteCollector();
  return {
    write(buffer, start, end) {
      if (collected.length + end - start > normalizedDataSetLimit)
        throw new MalformedMessage(`a data set above ${normalizedDataSetLimit} bytes`);
      collected.append(buffer, start, end);
    },
    end: () => done(collected.length > 0 ? collected.take() : undefined),
  };
}
