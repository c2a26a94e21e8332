import type Database from 'better-sqlite3-multiple-ciphers';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { CommitmentService } from './commitment/commitment-service.ts';
import { sendReport } from './commitment/report-sender.ts';
import { RequestLedger } from './commitment/request-ledger.ts';
import { findFailure } from './commitment/verification.ts';
import type { Configuration } from './config.ts';
import type { CommitmentResult } from './dicom/commitment.ts';
import { NormalizedServices } from './normalized-services.ts';
import { ProcedureSteps } from './procedure-steps.ts';
import type { PeerRequest } from './receiver-message.ts';
import type { InstanceLedger } from './spool/instance-ledger.ts';
import type { SegmentKeys } from './spool/segment-keys.ts';
import { ProcedureStepLedger } from './spool/procedure-step-ledger.ts';
import { readCommitmentPeers } from './tls-files.ts';
import type { ProcedureStep } from './study/completeness.ts';

export interface ScannerServicesOptions {
  configuration: Configuration['receiver'];
  clock: Clock;
  files: Files;
  /** Open sealed segments. */
  keys: SegmentKeys;
  database: Database.Database;
  instances: InstanceLedger;
  /** Takes the report on our own commitment request; false for a transaction that is not ours. */
  report(result: CommitmentResult): boolean;
  /** Told of the study whose procedure step has changed. */
  stepped(studyUid: string): void;
  log(level: 'info' | 'warn', event: string, fields: Record<string, unknown>): void;
}

/** What scanners ask of this device beside storing images: storage commitment and procedure steps, built and connected. */
export class ScannerServices {
  readonly #commitment: CommitmentService;
  readonly #steps: ProcedureStepLedger;
  readonly #normalized: NormalizedServices;

  constructor(options: ScannerServicesOptions) {
    const { configuration, clock, database, report, stepped, log } = options;
    this.#commitment = connectCommitment(options);
    this.#steps = new ProcedureStepLedger(database);
    const steps = new ProcedureSteps({ clock, ledger: this.#steps, changed: stepped });
    this.#normalized = new NormalizedServices({
      commitment: this.#commitment,
      procedureSteps: configuration.mpps ? steps : undefined,
      report,
      refused: (service, callingAeTitle, detail) =>
        log('warn', 'request refused', { service, callingAeTitle, detail }),
    });
  }

  /** Resumes what a stop or a crash left behind. */
  start(): void {
    this.#commitment.start();
  }

  close(): Promise<void> {
    return this.#commitment.close();
  }

  /** Performs a normalized request; returns the status to answer. */
  perform(request: PeerRequest): number {
    return this.#normalized.perform(request);
  }

  procedureSteps(studyUid: string): ProcedureStep[] {
    return this.#steps.ofStudy(studyUid);
  }
}

function connectCommitment(options: ScannerServicesOptions): CommitmentService {
  const { configuration, clock, files, keys, database, instances, log } = options;
  const { aeTitle } = configuration;
  const peers = new Map(
    readCommitmentPeers(configuration, files).map((peer) => [peer.aeTitle, peer]),
  );
  return new CommitmentService({
    clock,
    ledger: new RequestLedger(database),
    random: Math.random,
    peers: [...peers.keys()],
    findFailure: (reference) => findFailure(reference, instances, files, keys),
    send: (name, result) => sendReport(peers.get(name)!, aeTitle, result, clock),
    reported: (callingAeTitle, committed, failed) =>
      log('info', 'commitment reported', { callingAeTitle, committed, failed }),
    failed: (callingAeTitle, error) =>
      log('warn', 'commitment report postponed', { callingAeTitle, error: String(error) }),
  });
}
