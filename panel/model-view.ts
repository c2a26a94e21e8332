import type { PresentationProfile } from './source.ts';

/** A share with the counts that it comes from and its 95 % interval, as shares of 1. */
export interface MeasuredShare {
  count: number;
  of: number;
  low: number;
  high: number;
}

/** What was measured of one kind of finding, at the threshold that is in use. */
export interface MeasuredFinding {
  label: string;
  /** On which cases. */
  dataset: string;
  /** How the threshold was chosen. */
  chosenFor: string;
  sensitivity: MeasuredShare;
  specificity: MeasuredShare;
}

/** A rule on which images a model looks at; the panel words `id`. */
export interface ScopeRule {
  id: 'modality' | 'body-part' | 'view' | 'age' | 'slice-thickness' | 'contrast';
  /** Codes of DICOM as they are, a range with its unit, or `no`. */
  value: string;
}

/** What a model is for, and what it cannot do, in the words of its maker: the page that tells its limits. */
export interface ModelView {
  name: string;
  version: string;
  vendor: string;
  /** SHA-256 of its manifest. */
  hash: string;
  profile: PresentationProfile;
  /** Cleared for clinical use; otherwise a demonstration. */
  cleared: boolean;
  /** Fixed text of every report. */
  notice: string;
  intendedUse: string;
  /** Images that it looks at; every other is not analysed. */
  scope: ScopeRule[];
  /** One sentence for each kind of image or patient that it is not for. */
  notFor: string[];
  /** One sentence for each thing that it is not known or not able to do. */
  limits: string[];
  findings: MeasuredFinding[];
  /** How often an image of the intended kind is left out because it looks unlike what was validated. */
  leftOut: { count: number; of: number } | undefined;
  /** On what data the figures were measured, and what that does not show. */
  evidence: string;
  /** What the picture of where it reacted shows and does not show; empty where there is none. */
  explanation: string;
  /** What it was trained on. */
  trainingData: string;
  licence: string;
}
