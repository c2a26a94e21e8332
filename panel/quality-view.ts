/** A figure as a share of 1 with its 95 % interval, or how many exams there were to make one of. */
export type FigureView =
  | {
      value: number;
      low: number;
      high: number;
      n: number;
      /** Too few exams for a conclusion. */
      few: boolean;
    }
  | { n: number };

/** One month of a finding; the month as YYYY-MM in UTC. */
export interface MonthView {
  month: string;
  analysed: number;
  flagged: number;
  sensitivity: FigureView;
  specificity: FigureView;
  area: FigureView;
}

export interface FindingQuality {
  /** What the panel calls it. */
  label: string;
  analysed: number;
  flagged: number;
  /** Exams whose truth is known from a report or a reading. */
  known: number;
  sensitivity: FigureView;
  specificity: FigureView;
  /** Of the flags, how many were right. */
  right: FigureView;
  area: FigureView;
  /** What the rules on misses say. */
  misses: 'quiet' | 'watch' | 'alarm';
  /** Oldest first. */
  months: MonthView[];
  /** How many flags asked for what, by the name of the action; empty where nobody may know. */
  tiers: { name: string; count: number }[];
  /** Exams by how sure the model was, in bins of equal width from 0 to 1; empty where nobody may know. */
  spread: number[];
}

/** One thing that is counted of every exam, then and now. Counts are of bins in their order. */
export interface SignalQuality {
  signal: string;
  level: 'quiet' | 'watch' | 'alarm';
  before: number[];
  now: number[];
}

/** What one scanner sends. */
export interface StreamQuality {
  scanner: string;
  modality: string;
  exams: number;
  level: 'unknown' | 'quiet' | 'watch' | 'alarm';
  otherPopulation: boolean;
  /** How the share of flags has changed. */
  flags: 'risen' | 'fallen' | undefined;
  signals: SignalQuality[];
}

/** How far a model is trusted here; what the codes mean the panel words. */
export type TrustState = 'normal' | 'watch' | 'restricted' | 'paused' | 'previous';

export interface ModelQuality {
  name: string;
  version: string;
  state: TrustState;
  since: number;
  /** Newest first; who it was is in the audit log alone. */
  moves: { at: number; to: TrustState; event: string; by: string }[];
  findings: FindingQuality[];
  streams: StreamQuality[];
}

/** How good AI is here: sums over many exams, and nothing of one. */
export interface QualityView {
  /** Undefined where nothing can be read of it. */
  models: ModelQuality[] | undefined;
  /** Exams that somebody at the panel disagreed with. */
  disagreements: number;
  /** Exams that were drawn to be read and have not been; `listed` are the oldest that are still here. */
  audits: { waiting: number; listed: AuditExam[] };
}

/** An exam that was drawn to be read without knowing what AI or another reader said of it. */
export interface ReadingExam {
  /** Names it for the answer; leads back to nothing. */
  id: string;
  accessionNumber: string;
  patientId: string;
  modality: string;
  receivedAt: number;
  /** What it is to be read for: id, the panel's name of it, and whether the answer decides between readers who are even. */
  findings: { id: string; label: string; decides: boolean }[];
}

export interface AuditExam {
  accessionNumber: string;
  patientId: string;
  receivedAt: number;
}
