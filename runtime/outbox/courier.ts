import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import {
  decodeCommitmentResult,
  encodeCommitmentRequest,
  type CommitmentResult,
  type Reference,
} from '../dicom/commitment.ts';
import { dial, type RequestorTls, type ScuAssociation } from '../dicom/sender.ts';
import { storageSopClasses } from '../dicom/sop-class.ts';
import { storageCommitmentInstance, storageCommitmentPushModel } from '../dicom/uid.ts';
import { judgeStoreStatus } from './delivery-table.ts';
import type { Attempt, Courier, Link } from './destination.ts';

/** An object with its bytes. */
export interface LoadedObject {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  dataSet: Uint8Array;
}

export interface CourierOptions {
  clock: Clock;
  callingAeTitle: string;
  destinations: {
    name: string;
    host: string;
    port: number;
    aeTitle: string;
    commitment: boolean;
    tls?: RequestorTls | undefined;
    /** What is proposed for the objects. */
    sopClasses: string[];
  }[];
  /** What an object may be sent as, best first: itself, and what `convert` makes of it. */
  forms(object: Reference): Reference[];
  /** The data set of an object in another form of it. Throws CONTEXT_NOT_ACCEPTED where that form cannot say all of it. */
  convert(dataSet: Uint8Array, sopClassUid: string): Uint8Array;
  /** The object with its bytes. Throws where they cannot be read. */
  load(sopInstanceUid: string): LoadedObject;
  /** What the object is, without its bytes. */
  refer(sopInstanceUid: string): Reference;
  /** A commitment report that came on the association of its request. Returns the status to answer. */
  reported(result: CommitmentResult): number;
}

const implicitLittleEndian = '1.2.840.10008.1.2';
const explicitLittleEndian = '1.2.840.10008.1.2.1';
const maxPduLength = 131_072;
const connectMs = 10_000;
const responseMs = 60_000;
/** Request Storage Commitment (PS3.4, table J.3.2-1). */
const requestCommitmentAction = 1;

/** Opens associations with the configured destinations. */
export function createCourier(options: CourierOptions): Courier {
  return {
    async open(name) {
      const to = options.destinations.find((destination) => destination.name === name);
      if (!to) throw new ScansideError('INTERNAL', `no destination ${name}`);
      const association = await dial({
        host: to.host,
        port: to.port,
        tls: to.tls,
        callingAeTitle: options.callingAeTitle,
        calledAeTitle: to.aeTitle,
        contexts: proposeContexts(to.sopClasses, to.commitment),
        maxPduLength,
        connectMs,
        responseMs,
        clock: options.clock,
        eventReport: ({ transferSyntaxUid, dataSet }) =>
          Promise.resolve(answerReport(options, transferSyntaxUid, dataSet)),
      });
      return new AssociationLink(association, name, options);
    },
  };
}

function proposeContexts(sopClasses: string[], commitment: boolean) {
  const storage = sopClasses.map((abstractSyntax) => ({
    abstractSyntax,
    transferSyntaxes: [explicitLittleEndian],
  }));
  const push = {
    abstractSyntax: storageCommitmentPushModel,
    transferSyntaxes: [explicitLittleEndian, implicitLittleEndian],
  };
  return commitment ? [...storage, push] : storage;
}

const processingFailure = 0x0110;

function answerReport(
  { reported }: CourierOptions,
  transferSyntaxUid: string,
  dataSet: Buffer | undefined,
): number {
  try {
    return dataSet
      ? reported(decodeCommitmentResult(dataSet, transferSyntaxUid))
      : processingFailure;
  } catch (error) {
    if (error instanceof ScansideError) return processingFailure;
    throw error;
  }
}

class AssociationLink implements Link {
  readonly #association: ScuAssociation;
  readonly #name: string;
  readonly #options: CourierOptions;

  constructor(association: ScuAssociation, name: string, options: CourierOptions) {
    this.#association = association;
    this.#name = name;
    this.#options = options;
  }

  forms(sopInstanceUid: string): Reference[] {
    const { forms, refer } = this.#options;
    const all = forms(refer(sopInstanceUid));
    const accepted = all.filter(({ sopClassUid }) =>
      this.#association.accepts(sopClassUid, explicitLittleEndian),
    );
    if (accepted.length > 0) return accepted;
    const names = all.map(({ sopClassUid }) => nameOf(sopClassUid)).join(', ');
    throw new ScansideError('CONTEXT_NOT_ACCEPTED', `${this.#name} takes none of ${names}`);
  }

  async store(sopInstanceUid: string, as: Reference): Promise<Attempt> {
    const object = this.#options.load(sopInstanceUid);
    const isItself = as.sopInstanceUid === sopInstanceUid;
    const dataSet = isItself
      ? object.dataSet
      : this.#options.convert(object.dataSet, as.sopClassUid);
    return judgeStatus(await this.#association.store({ ...object, ...as, dataSet }));
  }

  async requestCommitment(transactionUid: string, sent: Reference[]): Promise<void> {
    const transferSyntax = this.#association.transferSyntaxOf(storageCommitmentPushModel);
    if (!transferSyntax)
      throw new ScansideError('CONTEXT_NOT_ACCEPTED', 'Storage Commitment Push Model');
    const status = await this.#association.action({
      sopClassUid: storageCommitmentPushModel,
      sopInstanceUid: storageCommitmentInstance,
      typeId: requestCommitmentAction,
      dataSet: encodeCommitmentRequest(transactionUid, sent, transferSyntax),
    });
    if (status !== 0)
      throw new ScansideError('COMMITMENT_REFUSED', `status 0x${hexadecimal(status)}`);
  }

  release(): Promise<void> {
    return this.#association.release();
  }

  abort(): void {
    this.#association.abort();
  }
}

function judgeStatus(status: number): Attempt {
  const verdict = judgeStoreStatus(status);
  if (verdict === 'accepted') return { verdict };
  return { verdict, detail: `status 0x${hexadecimal(status)}` };
}

function hexadecimal(status: number): string {
  return status.toString(16).padStart(4, '0');
}

function nameOf(sopClassUid: string): string {
  return `${storageSopClasses[sopClassUid] ?? 'SOP class'} (${sopClassUid})`;
}
