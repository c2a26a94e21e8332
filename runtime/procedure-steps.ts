import type { Clock } from '../device/clock.ts';
import { decodeProcedureStep, type ProcedureStepUpdate } from './dicom/procedure-step.ts';
import { status } from './dicom/status.ts';
import {
  stepStatuses,
  type ProcedureStepLedger,
  type StepStatus,
} from './spool/procedure-step-ledger.ts';

export interface ProcedureStepsOptions {
  clock: Clock;
  ledger: ProcedureStepLedger;
  /** Told of the study whose step has changed. */
  changed(studyUid: string): void;
}

/** An N-CREATE or N-SET of a step: its SOP Instance UID and the data set. */
interface StepRequest {
  sopInstanceUid: string;
  transferSyntaxUid: string;
  dataSet: Buffer;
}

/**
 * Modality Performed Procedure Step as SCP (PS3.4 F.7), as far as completeness asks: which study, how it stands and
 * how many images it has. Methods return the status to answer; they throw DATA_SET_UNREADABLE.
 */
export class ProcedureSteps {
  readonly #options: ProcedureStepsOptions;

  constructor(options: ProcedureStepsOptions) {
    this.#options = options;
  }

  create({ sopInstanceUid, transferSyntaxUid, dataSet }: StepRequest): number {
    const update = decodeProcedureStep(dataSet, transferSyntaxUid);
    const [studyUid] = update.studyUids;
    if (!studyUid || !update.status) return status.missingAttribute;
    if (update.status !== 'IN PROGRESS') return status.invalidAttributeValue;
    if (this.#options.ledger.find(sopInstanceUid)) return status.duplicateSopInstance;
    return this.#save(sopInstanceUid, studyUid, 'IN PROGRESS', update);
  }

  /** A step that is completed or discontinued may no longer be changed (PS3.4 F.7.2.2.2). */
  set({ sopInstanceUid, transferSyntaxUid, dataSet }: StepRequest): number {
    const update = decodeProcedureStep(dataSet, transferSyntaxUid);
    const known = this.#options.ledger.find(sopInstanceUid);
    if (!known) return status.noSuchSopInstance;
    if (known.status !== 'IN PROGRESS') return status.processingFailure;
    const next = stepStatuses.find((one) => one === (update.status ?? known.status));
    if (!next) return status.invalidAttributeValue;
    return this.#save(sopInstanceUid, known.studyUid, next, update, known.images);
  }

  /** The last list of images holds: an N-SET sends the whole sequence (PS3.4 table F.7.2-1). */
  #save(
    sopInstanceUid: string,
    studyUid: string,
    step: StepStatus,
    { imageUids }: ProcedureStepUpdate,
    known = 0,
  ): number {
    const { ledger, clock, changed } = this.#options;
    const images = imageUids.length || known;
    ledger.save(sopInstanceUid, { studyUid, status: step, images }, clock.now());
    changed(studyUid);
    return status.success;
  }
}
