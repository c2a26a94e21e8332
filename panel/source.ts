/** How far an exam has come on its way from the scanner to the PACS. */
export type ExamState =
  'receiving' | 'complete' | 'analysing' | 'reported' | 'delivered' | 'committed' | 'quarantined';

/** What AI has to say of an exam. There are three answers and, before one of them, none. */
export type ExamOutcome =
  | { state: 'pending' }
  /** `labels`: what is suspected; `missed`: how many images of the exam were not analysed. */
  | { state: 'flagged'; labels: string[]; missed: number }
  /** `findingsChecked`: how many kinds of finding were looked for. */
  | { state: 'no-flag'; findingsChecked: number }
  /** `reason`: a code of a closed list; `text`: the same for people. */
  | { state: 'not-analysed'; reason: string; text: string };

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
  /** How the result's delivery stands, in words, or empty. */
  delivery: string;
  /** Why it comes before others, in words; empty for an exam in the usual order. */
  urgent: string;
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
  /** Conditions of the device that people should know, one sentence each. */
  warnings: string[];
}

/** What the panel shows. Whoever composes the device implements it; calls are frequent and must be cheap. */
export interface PanelSource {
  /** The exams of today and older ones that still matter, newest first; some hundreds at most. */
  exams(): ExamView[];
  device(): DeviceView;
  /** Makes an exam STAT: it is analysed before others. False where it is not known or is so already. */
  raise(examId: string): boolean;
  /** Has `listener` called after any change, with the exam's id or without where the device changed. Returns a stop. */
  subscribe(listener: (examId: string | undefined) => void): () => void;
}
