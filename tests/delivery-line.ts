import { reportSamples } from '../demo/report-sample.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { decodeCommitmentResult } from '../runtime/dicom/commitment.ts';
import { startReceiver, type Receiver } from '../runtime/dicom/receiver.ts';
import { status } from '../runtime/dicom/status.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { createCourier, type LoadedObject } from '../runtime/outbox/courier.ts';
import { DeliveryLedger } from '../runtime/outbox/delivery-ledger.ts';
import type { Courier, QueuedObject } from '../runtime/outbox/destination.ts';
import { Outbox } from '../runtime/outbox/outbox.ts';
import { formClasses, formsOf, lowerReport } from '../runtime/report/form.ts';
import { buildReport } from '../runtime/report/report.ts';
import { openDatabase } from '../runtime/spool/database.ts';
import { deviceAeTitle } from './appliance.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { until } from './peers/process.ts';

/** `count` reports, of all cases and character sets; `from` leaves out so many before them. */
export function makeReports(count: number, from = 0): LoadedObject[] {
  return reportSamples(sampleManifest, from + count)
    .slice(from)
    .map(({ request }) => buildReport(request))
    .map(({ sopClassUid, sopInstanceUid, dataSet }) => ({
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid: explicitVrLittleEndian,
      dataSet,
    }));
}

export interface LineOptions {
  commitment: boolean;
  objects: LoadedObject[];
  /** Told when an object has reached the last proof that there is. */
  finished?: (sopInstanceUid: string) => void;
}

const maxPduLength = 131_072;

/** The outbox as the appliance has it, with the courier for DICOM and a listener for reports, and no appliance around. */
export class DeliveryLine {
  readonly #options: LineOptions;
  readonly #receiver: Receiver;
  readonly #objects: Map<string, LoadedObject>;
  #outbox: Outbox | undefined;
  /** Associations that were opened. */
  associations = 0;
  /** Requests for storage commitment that were made. */
  requests = 0;

  static async start(options: LineOptions): Promise<DeliveryLine> {
    const handlers = {
      eventReport: (
        _association: unknown,
        request: { dataSet: Buffer | undefined; transferSyntaxUid: string },
      ) => Promise.resolve(line.#take(request)),
    };
    const receiver = await startReceiver(
      {
        host: '127.0.0.1',
        port: 0,
        aeTitle: deviceAeTitle,
        maxPduLength,
        maxAssociations: 8,
        artimMs: 5000,
        idleMs: 60_000,
        storage: false,
        commitment: 'scu',
        clock: systemClock,
      },
      handlers,
    );
    const line: DeliveryLine = new DeliveryLine(options, receiver);
    return line;
  }

  private constructor(options: LineOptions, receiver: Receiver) {
    this.#options = options;
    this.#receiver = receiver;
    this.#objects = new Map(options.objects.map((each) => [each.sopInstanceUid, each]));
  }

  get port(): number {
    return this.#receiver.port;
  }

  /** Begins to send to the PACS, of which nothing is remembered. */
  async begin(pacs: { port: number; aeTitle: string }): Promise<Outbox> {
    await this.#outbox?.close();
    const destination = { name: 'PACS', commitment: this.#options.commitment };
    const { objects, finished } = this.#options;
    const reports = [...new Set(objects.map(({ sopClassUid }) => sopClassUid))];
    const to = {
      ...destination,
      ...pacs,
      host: '127.0.0.1',
      sopClasses: [...formClasses('auto'), ...reports],
    };
    const courier = createCourier({
      clock: systemClock,
      callingAeTitle: deviceAeTitle,
      destinations: [{ ...to, sopClasses: [...new Set(to.sopClasses)] }],
      forms: formsOf,
      convert: lowerReport,
      load: (uid) => this.#objects.get(uid)!,
      refer: (uid) => this.#objects.get(uid)!,
      reported: (result) => (outbox.report(result) ? status.success : status.processingFailure),
    });
    const outbox: Outbox = new Outbox({
      ledger: new DeliveryLedger(openDatabase(':memory:', disk)),
      clock: systemClock,
      random: Math.random,
      courier: this.#counted(courier),
      destinations: [
        { ...destination, commitmentWaitMs: 5000, objects: ['report'], results: 'all', models: [] },
      ],
      changed: (uid) => {
        if (outbox.isFinished(queued(uid))) finished?.(uid);
      },
      failed: () => {},
    });
    this.#outbox = outbox;
    outbox.start();
    return outbox;
  }

  /** Queues every object at once. */
  addAll(): void {
    for (const uid of this.#objects.keys()) this.#outbox!.add(queued(uid));
  }

  add(sopInstanceUid: string): void {
    this.#outbox!.add(queued(sopInstanceUid));
  }

  /** Whether everything reached the last proof that there is in time. */
  untilFinished(limitMs = 60_000): Promise<boolean> {
    const all = [...this.#objects.keys()].map(queued);
    return until(() => all.every((object) => this.#outbox!.isFinished(object)), limitMs);
  }

  async close(): Promise<void> {
    await this.#outbox?.close();
    await this.#receiver.close(0);
  }

  #take({
    dataSet,
    transferSyntaxUid,
  }: {
    dataSet: Buffer | undefined;
    transferSyntaxUid: string;
  }): number {
    const result = decodeCommitmentResult(dataSet!, transferSyntaxUid);
    return this.#outbox?.report(result) ? status.success : status.processingFailure;
  }

  #counted(courier: Courier): Courier {
    return {
      open: async (name) => {
        const link = await courier.open(name);
        this.associations++;
        return {
          forms: (uid) => link.forms(uid),
          store: (uid, as) => link.store(uid, as),
          requestCommitment: (transactionUid, sent) => {
            this.requests++;
            return link.requestCommitment(transactionUid, sent);
          },
          release: () => link.release(),
          abort: () => link.abort(),
        };
      },
    };
  }
}

function queued(sopInstanceUid: string): QueuedObject {
  const plain = {
    kind: 'report',
    flagged: false,
    urgent: false,
    model: '',
    destination: '',
  } as const;
  return { ...plain, sopInstanceUid };
}
