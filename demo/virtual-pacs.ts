import { join } from 'node:path';
import { sleep, type Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import {
  decodeCommitmentRequest,
  encodeCommitmentResult,
  type CommitmentRequest,
} from '../runtime/dicom/commitment.ts';
import {
  startReceiver,
  type Association,
  type NormalizedRequest,
  type Receiver,
  type StoreRequest,
  type StoreSink,
} from '../runtime/dicom/receiver.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { dial } from '../runtime/dicom/sender.ts';
import {
  isUid,
  storageCommitmentInstance,
  storageCommitmentPushModel,
} from '../runtime/dicom/uid.ts';

export interface VirtualPacsOptions {
  clock: Clock;
  files: Files;
  /** Where it keeps what it is sent, one file an object. */
  folder: string;
  aeTitle: string;
  /** Where commitment reports go: the appliance's own listener. */
  device(): { host: string; port: number; aeTitle: string };
}

/** A PACS that stores, and commits to what it has stored on an association of its own, as Orthanc does. */
export interface VirtualPacs {
  readonly port: number;
  /** SOP Instance UIDs it holds. */
  objects(): string[];
  close(): Promise<void>;
}

/** A moment, as a real archive takes, before it reports. */
const reportAfterMs = 50;
const noSuchObject = 0x0112;
const maxPduLength = 131_072;

export async function startVirtualPacs(options: VirtualPacsOptions): Promise<VirtualPacs> {
  options.files.makeFolder(options.folder);
  const reports = new Set<Promise<void>>();
  const receiver: Receiver = await startReceiver(
    {
      host: '127.0.0.1',
      port: 0,
      aeTitle: options.aeTitle,
      maxPduLength,
      maxAssociations: 8,
      artimMs: 5000,
      idleMs: 60_000,
      storage: true,
      commitment: 'scp' as const,
      clock: options.clock,
    },
    {
      store: (_association: Association, request: StoreRequest) => keep(options, request),
      action: (_association: Association, request: NormalizedRequest) => {
        const report = answer(options, request).catch(() => {});
        reports.add(report);
        void report.then(() => reports.delete(report));
        return Promise.resolve(0);
      },
    },
  );
  return {
    port: receiver.port,
    objects: () => held(options),
    async close() {
      await receiver.close(1000);
      await Promise.all(reports);
    },
  };
}

function held({ files, folder }: VirtualPacsOptions): string[] {
  return files
    .list(folder)
    .filter((name) => name.endsWith('.dcm'))
    .map((name) => name.slice(0, -'.dcm'.length));
}

function keep({ files, folder }: VirtualPacsOptions, request: StoreRequest): StoreSink | number {
  if (!isUid(request.sopInstanceUid)) return 0xa900;
  const chunks: Buffer[] = [];
  return {
    write: (buffer, start, end) => void chunks.push(Buffer.from(buffer.subarray(start, end))),
    end() {
      const file = writePart10(request, Buffer.concat(chunks));
      files.replace(join(folder, `${request.sopInstanceUid}.dcm`), file);
      return Promise.resolve(0);
    },
    abort: () => {},
  };
}

async function answer(options: VirtualPacsOptions, request: NormalizedRequest): Promise<void> {
  if (!request.dataSet) return;
  const asked = decodeCommitmentRequest(request.dataSet, request.transferSyntaxUid);
  await sleep(options.clock, reportAfterMs);
  const { aeTitle: calledAeTitle, ...address } = options.device();
  const association = await dial({
    ...address,
    callingAeTitle: options.aeTitle,
    calledAeTitle,
    maxPduLength,
    contexts: [
      {
        abstractSyntax: storageCommitmentPushModel,
        transferSyntaxes: [request.transferSyntaxUid],
        roles: { scu: false, scp: true },
      },
    ],
    connectMs: 5000,
    responseMs: 5000,
    clock: options.clock,
  });
  await association.eventReport(describe(asked, new Set(held(options)), request.transferSyntaxUid));
  await association.release();
}

function describe(asked: CommitmentRequest, present: Set<string>, transferSyntaxUid: string) {
  const stored = asked.references.filter(({ sopInstanceUid }) => present.has(sopInstanceUid));
  const failed = asked.references
    .filter(({ sopInstanceUid }) => !present.has(sopInstanceUid))
    .map((reference) => ({ ...reference, reason: noSuchObject }));
  return {
    sopClassUid: storageCommitmentPushModel,
    sopInstanceUid: storageCommitmentInstance,
    // PS3.4, table J.3.3-1: 1 all committed, 2 failures exist.
    typeId: failed.length ? 2 : 1,
    dataSet: encodeCommitmentResult(
      { transactionUid: asked.transactionUid, stored, failed },
      transferSyntaxUid,
    ),
  };
}
