import type { Clock } from '../device/clock.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Conclusion, InstanceResult, Withdrawal } from '../models/outcome.ts';
import type { CheckedReport } from './report/checked-report.ts';
import type { Instance } from './spool/instance.ts';
import type { Indexed } from './spool/instance-ledger.ts';
import type { ObjectKind } from './spool/outgoing-object.ts';
import type { StoredRecord } from './spool/segment-reader.ts';
import type { Result, Study, StudyState } from './spool/study-ledger.ts';
import type { Completeness } from './study/completeness.ts';
import type { JudgedInstance } from './study/conclusion.ts';
import type { Route } from './study/routing.ts';
import type { Unit } from './study/unit.ts';

/** What the line needs from its surroundings. */
export interface PipelinePorts {
  clock: Clock;
  spool: {
    index(record: StoredRecord): Indexed;
    instances(studyUid: string): Instance[];
    /** Resolves when a result is on stable storage. */
    append(meta: Record<string, unknown>, data: Uint8Array): Promise<StoredRecord>;
  };
  studies: {
    study(studyUid: string): Study | undefined;
    unfinished(): string[];
    advance(study: Study, state: StudyState, complete?: { because: string; at: number }): boolean;
    analyses(studyUid: string, model: string): Map<string, InstanceResult>;
    saveAnalysis(instance: Instance, model: string, result: InstanceResult, late: boolean): void;
    isLate(studyUid: string, model: string): boolean;
    indexResult(record: StoredRecord): Result;
    results(studyUid: string): Result[];
  };
  /** What stands beside reports, on the disk. */
  objects: { index(record: StoredRecord): void };
  rules: {
    judgeCompleteness(study: Study, instances: Instance[], now: number): Completeness;
    /** Whether a study with different images under one SOP Instance UID gets no result. */
    withholdConflicts: boolean;
    route(instances: Instance[]): Route<Instance>[];
    /** The units of a model that can be analysed before the study is whole. */
    immediate(bundle: Bundle, instance: Instance): Unit<Instance>[];
    /** What the model looks at in one run, of all its instances. */
    units(bundle: Bundle, instances: Instance[]): Unit<Instance>[];
    /** Under which name the result of a unit is kept. */
    unitName(bundle: Bundle, unit: Unit<Instance>): string;
    /** What may be said of what was judged of a study. */
    conclude(bundle: Bundle, instances: JudgedInstance[], studyUid: string): Conclusion;
    /** Wall time by which what a model says of a unit is wanted. */
    due(bundle: Bundle, unit: Unit<Instance>): number;
  };
  /** Whether AI is paused: then nothing new is analysed and nothing answered. */
  isPaused(): boolean;
  /** The flags that people have taken back: which report, why. */
  withdrawals(studyUid: string): (Withdrawal & { reportUid: string })[];
  /** Never rejects for the image's or the model's own fault. */
  analyse(unit: Unit<Instance>, bundle: Bundle): Promise<InstanceResult>;
  /** What may be sent of a result: it keeps every rule of ours, or it says that it was not analysed. Throws where the source cannot be read. */
  buildReport(request: ReportInput): CheckedReport;
  /** What stands beside a report and is not on the disk yet, the most urgent first. What cannot be made is left out. */
  buildCompanions(request: ReportInput, result: Result): AsyncIterable<Companion>;
  outbox: { add(sopInstanceUid: string): void; addAll(): void };
  /** Told after every step; for the panel. */
  changed(studyUid: string): void;
  /** Told of every new result when it is on the disk. */
  concluded(result: Result, bundle: Bundle | undefined): void;
  /** Told why a study is taken for complete; for the log. */
  completed(because: string, images: number): void;
  /** Told of what went wrong and is done again or differently; for the log. */
  failed(step: string, studyUid: string, error: unknown): void;
}

export interface ReportInput {
  /** Undefined where no model applied. */
  bundle: Bundle | undefined;
  instances: Instance[];
  conclusion: Conclusion;
  /** Job time: when the last of the instances came. Not "now", so that doing it again gives the same bytes. */
  at: number;
  predecessor: Result | undefined;
  /** A person has taken back the flag of the predecessor. */
  withdrawal?: Withdrawal | undefined;
}

/** An object beside a report, ready to be kept and sent. */
export interface Companion {
  kind: Exclude<ObjectKind, 'report'>;
  sopClassUid: string;
  sopInstanceUid: string;
  seriesInstanceUid: string;
  /** The one destination that a message is for; empty where every destination may have it. */
  destination: string;
  /** Of its kind beside this report: with it, all of them are on the disk. */
  last: boolean;
  dataSet: Uint8Array;
}
