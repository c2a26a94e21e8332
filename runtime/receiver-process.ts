// The receiver process: scanner sockets and the spool's inbox, nothing else. No decoder, no database, no HTTP.
// Started by receiver-link.ts; ends with its parent.
import process from 'node:process';
import { systemClock, type Clock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import {
  startReceiver,
  type Association,
  type NormalizedRequest,
  type Receiver,
  type ReceiverHandlers,
} from './dicom/receiver.ts';
import { RefusalDigest } from './dicom/refusal-digest.ts';
import type {
  FromReceiver,
  PeerRequest,
  ReceiverSettings,
  ToReceiver,
} from './receiver-message.ts';
import { DiskGuard } from './spool/disk-guard.ts';
import { AssociationInbox } from './spool/inbox.ts';
import { openSegmentKeys } from './spool/segment-keys.ts';

const defaultArtimMs = 30_000;
/** How long main may take to note a request before the peer is told to try again. */
const answerMs = 10_000;
/** The same refusal is told once in so long. */
const refusalMs = 10_000;
const processingFailure = 0x0110;
const outOfResources = 0xa700;

function tell(message: FromReceiver): void {
  process.send?.(message);
}

/** Requests that wait for main's answer. */
class Questions {
  readonly #clock: Clock;
  readonly #open = new Map<number, (status: number) => void>();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ask({ dataSet, ...request }: PeerRequest): Promise<number> {
    const id = ++this.#last;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(answerMs, () => this.answer(id, processingFailure));
      this.#open.set(id, (status) => {
        cancel();
        resolve(status);
      });
      tell({ kind: 'asked', id, request, dataSet: dataSet?.toString('base64') ?? '' });
    });
  }

  answer(id: number, status: number): void {
    this.#open.get(id)?.(status);
    this.#open.delete(id);
  }
}

/** What main allows. */
const admission = { admits: true };

function handle(
  { spool, keyFolder, refuseBelowPercentFree = 0 }: ReceiverSettings,
  questions: Questions,
): ReceiverHandlers {
  const refusals = new RefusalDigest(systemClock, refusalMs, (refusal, times) =>
    tell({ kind: 'refused', ...refusal, times }),
  );
  const inboxes = new Map<string, AssociationInbox>();
  const options = {
    files: disk,
    clock: systemClock,
    folder: spool,
    keys: keyFolder === undefined ? undefined : openSegmentKeys(disk, spool, keyFolder),
    stored: (extent: object, meta: Record<string, unknown>) =>
      tell({
        kind: 'stored',
        record: { ...extent, meta } as Extract<FromReceiver, { kind: 'stored' }>['record'],
      }),
  };
  const guard = new DiskGuard({
    files: disk,
    clock: systemClock,
    folder: spool,
    percent: refuseBelowPercentFree,
    changed: (full) => tell({ kind: 'disk', full }),
  });
  return {
    opened({ id, callingAeTitle, calledAeTitle, peerAddress }) {
      inboxes.set(
        id,
        new AssociationInbox(options, { id, callingAeTitle, calledAeTitle, peerAddress }),
      );
      tell({ kind: 'opened', association: id, callingAeTitle, peerAddress });
    },
    closed({ id }, how) {
      inboxes.get(id)?.close();
      inboxes.delete(id);
      tell({ kind: 'closed', association: id, how });
    },
    refused: ({ address, callingAeTitle }, reason, cause) =>
      refusals.add({ peerAddress: address, callingAeTitle, reason, cause }),
    discarded: ({ id }, _request, cause) => tell({ kind: 'discarded', association: id, cause }),
    store: ({ id }, request) =>
      guard.hasRoom() && admission.admits
        ? (inboxes.get(id)?.store(request) ?? processingFailure)
        : outOfResources,
    action: passOn('action', questions),
    eventReport: passOn('eventReport', questions),
    create: passOn('create', questions),
    set: passOn('set', questions),
  };
}

function passOn(operation: PeerRequest['operation'], questions: Questions) {
  return ({ callingAeTitle }: Association, request: NormalizedRequest): Promise<number> =>
    questions.ask({ operation, callingAeTitle, ...request });
}

async function start(
  settings: ReceiverSettings,
  questions: Questions,
): Promise<Receiver | undefined> {
  try {
    const { artimMs = defaultArtimMs, ...own } = settings;
    const receiver = await startReceiver(
      { ...own, artimMs, storage: true, clock: systemClock },
      handle(settings, questions),
    );
    tell({ kind: 'listening', port: receiver.port, tlsPort: receiver.tlsPort });
    return receiver;
  } catch (error) {
    tell({ kind: 'failed', message: (error as Error).message });
    return undefined;
  }
}

function run(): void {
  const questions = new Questions(systemClock);
  let receiver: Promise<Receiver | undefined> = Promise.resolve(undefined);
  process.on('message', (message: ToReceiver) => {
    if (message.kind === 'start') receiver = start(message.settings, questions);
    if (message.kind === 'admit') admission.admits = message.admits;
    if (message.kind === 'answer') questions.answer(message.id, message.status);
    if (message.kind === 'stop')
      void receiver.then((own) => own?.close(message.graceMs)).then(() => process.exit(0));
  });
  // Without main nobody would learn what was stored: scanners are better off with a refused connection.
  process.on('disconnect', () => process.exit(0));
  // Main may have ended before this line was reached; then no event will say so.
  if (!process.connected) process.exit(0);
  // A terminal's Ctrl-C reaches every process of the group; main decides when this one stops.
  process.on('SIGINT', () => {});
}

run();
