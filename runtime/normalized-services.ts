import type { CommitmentService } from './commitment/commitment-service.ts';
import {
  decodeCommitmentRequest,
  decodeCommitmentResult,
  requestCommitment,
  type CommitmentResult,
} from './dicom/commitment.ts';
import { status } from './dicom/status.ts';
import { modalityPerformedProcedureStep, storageCommitmentPushModel } from './dicom/uid.ts';
import type { ProcedureSteps } from './procedure-steps.ts';
import type { PeerRequest } from './receiver-message.ts';

export interface NormalizedServicesOptions {
  commitment: CommitmentService;
  /** Undefined where they are switched off. */
  procedureSteps: ProcedureSteps | undefined;
  /** Takes the report on our own request; false for a transaction that is not ours. */
  report(result: CommitmentResult): boolean;
  /** Told of what was refused; for the log. */
  refused(service: string, callingAeTitle: string, detail: string): void;
}

type Service = (request: PeerRequest & { dataSet: Buffer }) => number;

/** Main's part in the normalized requests that scanners and PACS send to the receiver. */
export class NormalizedServices {
  readonly #options: NormalizedServicesOptions;
  readonly #services: Record<string, Service | undefined>;

  constructor(options: NormalizedServicesOptions) {
    const { commitment, procedureSteps, report } = options;
    this.#options = options;
    this.#services = {
      [`action ${storageCommitmentPushModel}`]: (request) =>
        request.typeId === requestCommitment
          ? commitment.request(
              request.callingAeTitle,
              decodeCommitmentRequest(request.dataSet, request.transferSyntaxUid),
            )
          : status.noSuchActionType,
      [`eventReport ${storageCommitmentPushModel}`]: ({ dataSet, transferSyntaxUid }) =>
        report(decodeCommitmentResult(dataSet, transferSyntaxUid))
          ? status.success
          : status.processingFailure,
      [`create ${modalityPerformedProcedureStep}`]:
        procedureSteps && ((request) => procedureSteps.create(request)),
      [`set ${modalityPerformedProcedureStep}`]:
        procedureSteps && ((request) => procedureSteps.set(request)),
    };
  }

  /** Performs a request; returns the status to answer. Never throws for what a peer has sent. */
  perform(request: PeerRequest): number {
    const { operation, sopClassUid, dataSet, callingAeTitle } = request;
    const name = `${operation} ${sopClassUid}`;
    const service = this.#services[name];
    if (!service) return status.noSuchSopClass;
    try {
      const code = dataSet ? service({ ...request, dataSet }) : status.missingAttribute;
      if (code !== status.success)
        this.#options.refused(name, callingAeTitle, `status 0x${code.toString(16)}`);
      return code;
    } catch (error) {
      this.#options.refused(name, callingAeTitle, (error as Error).message);
      return status.processingFailure;
    }
  }
}
