import type { ActiveCondition } from '../device/conditions.ts';
import type { Act } from './act.ts';
import type { DeviceDetail } from './device-detail.ts';
import type { ExamDetail, Picture } from './exam-detail.ts';
import type { ModelView } from './model-view.ts';
import type { PanelRecord } from './record.ts';
import type { QualityView, ReadingExam } from './quality-view.ts';
import type { Actor } from './role.ts';
import type { ServiceDesk } from './service-view.ts';

/**
 * What a model is cleared to show, decided by its signed bundle. `triage-notify`: a flag in words, nothing else;
 * `concurrent-aid`: tiers and places too, to readers who may see them; `research`: to everybody, marked as research.
 */
export type PresentationProfile = 'triage-notify' | 'concurrent-aid' | 'research';

/** How far an exam has come on its way from the scanner to the PACS. */
export type ExamState =
  'receiving' | 'complete' | 'analysing' | 'reported' | 'delivered' | 'committed' | 'quarantined';

/** What AI has to say of an exam. There are three answers and, before one of them, none. */
export type ExamOutcome =
  | { state: 'pending' }
  /**
   * `labels`: what is suspected; `missed`: how many images of the exam were not analysed; `withdrawn`: an authorised
   * person has taken the flag back, which makes it no negative; `secondLook`: the model is trusted less than before.
   */
  | {
      state: 'flagged';
      labels: string[];
      missed: number;
      withdrawn: boolean;
      secondLook?: true | undefined;
    }
  /** `findingsChecked`: how many kinds of finding were looked for. */
  | { state: 'no-flag'; findingsChecked: number }
  /** `reason`: a code of a closed list, which the panel words; `detail`: what more is known, in English, or empty. */
  | { state: 'not-analysed'; reason: string; detail: string };

/** How the result's way to the PACS stands. */
export type DeliveryState =
  'none' | 'on-device' | 'no-pacs' | 'sending' | 'retrying' | 'stored' | 'committed';

/** One row of the list. Texts are untrusted: they come from the images as they are. */
export interface ExamView {
  id: string;
  /** Patient's Name (0010,0010) as in the images, carets included. */
  patientName: string;
  patientId: string;
  /** Patient's Birth Date (0010,0030), YYYYMMDD or empty. */
  birthDate: string;
  sex: string;
  accessionNumber: string;
  modality: string;
  description: string;
  /** How many images have come. */
  images: number;
  /** Wall time of the first image and of the last change, milliseconds since 1970 UTC. */
  receivedAt: number;
  updatedAt: number;
  /** Grows with every change of the exam; a viewer never replaces a newer version by an older one. */
  version: number;
  state: ExamState;
  outcome: ExamOutcome;
  /** Name and version of the model, or empty. */
  model: string;
  /** The model is a demonstration model: not for clinical use. */
  demo: boolean;
  /** What the deciding model is cleared to show; undefined before there is one. */
  profile: PresentationProfile | undefined;
  /** Names what there is to look at: changes when the outcome changes. An act names it, so that none is on an old one. */
  outcomeId: string;
  /** Wall time at which the outcome became known and at which the PACS acknowledged it, or undefined. */
  resultAt: number | undefined;
  deliveredAt: number | undefined;
  delivery: DeliveryState;
  /** Name of the destination that `delivery` waits for, or empty. */
  destination: string;
  /** Why it comes before others, in English; empty for an exam in the usual order. */
  urgent: string;
  /** Entity tag of its thumbnail, or empty while there is none. */
  thumbnail: string;
  /** A person has said that the image was taken again. */
  repeatTaken: boolean;
  /** The result came later than it was wanted. */
  late: boolean;
}

/** How the device stands. */
export interface DeviceView {
  name: string;
  serial: string;
  /** Wall time, milliseconds since 1970 UTC. */
  now: number;
  lastScannerMessageAt: number | undefined;
  /** Exams that wait for AI. */
  queue: number;
  /** `none`: no PACS is configured. */
  pacs: 'ok' | 'failing' | 'none';
  /** Objects that wait for delivery. */
  outboxWaiting: number;
  model: string;
  demo: boolean;
  /** `held`: heat, power or memory let no analysis run; images are received and wait. */
  engine: 'ok' | 'starting' | 'failing' | 'held';
  /** What AI runs on, or empty. */
  accelerator: string;
  /** Degrees Celsius of the hottest part, where known. */
  hottest: number | undefined;
  diskFreePercent: number;
  /** Conditions of the device that people should know, the most urgent first. */
  conditions: ActiveCondition[];
  pause: PauseView;
}

/** Whether AI works, and since when and why it is paused. */
export type PauseView =
  | { paused: false }
  /** `remindAt`: wall time at which people are asked whether it is still meant. */
  | { paused: true; since: number; user: string; reason: string; remindAt: number };

/** What the panel shows and what it asks for. Whoever composes the device implements it; `exams` and `device` are cheap. */
export interface PanelSource {
  /** The exams of today and older ones that still matter, newest first; some hundreds at most. */
  exams(): ExamView[];
  device(): DeviceView;
  /** Everything about one exam; undefined where it is not known. */
  detail(examId: string): ExamDetail | undefined;
  deviceDetail(): DeviceDetail;
  /** The models in service. */
  models(): ModelView[];
  /** How good AI is here. Dearer than the rest: for its page alone. */
  quality(): QualityView;
  /** Drawn exams that this user has still to read; nothing of what AI or another reader said. */
  readings(user: string): ReadingExam[];
  /** Thumbnail, 8 bits, at most 192 on its longer side; never with a mark of AI. */
  thumbnail(examId: string): Promise<Picture | undefined>;
  /** The bytes of an `ImageView`. */
  preview(examId: string, imageId: string): Promise<Picture | undefined>;
  /** Where a model reacted, as a transparent picture that covers the image. */
  heatmap(examId: string, imageId: string, finding: string): Promise<Picture | undefined>;
  /** `outcomeId` of each exam that this user has seen. */
  seen(user: string): ReadonlyMap<string, string>;
  /**
   * Does what a person asks for, once it is kept for good. Returns the name of the act. Throws ACT_REFUSED where it is
   * not possible, EXAM_UNKNOWN, and OUTCOME_CHANGED where the person was looking at an older outcome.
   */
  act(actor: Actor, act: Act): Promise<{ actId: string }>;
  /** Writes to the audit log what a person saw or did. Resolves when it is kept. */
  record(record: PanelRecord): Promise<void>;
  /** What a field engineer does with the device. */
  readonly service: ServiceDesk;
  /** Has `listener` called after any change, with the exam's id or without where the device changed. Returns a stop. */
  subscribe(listener: (examId: string | undefined) => void): () => void;
}
