import type { PresentationProfile } from './source.ts';

/** What a model is for, and what it cannot do: the page that tells its limits. */
export interface ModelView {
  name: string;
  version: string;
  /** SHA-256 of its manifest. */
  hash: string;
  profile: PresentationProfile;
  /** Cleared for clinical use; otherwise a demonstration. */
  cleared: boolean;
  intendedUse: string;
  /** One sentence for each kind of image or patient that it is not for. */
  limits: string[];
  /** What it looks for, and what was measured: shares of 1 with their 95 % intervals. */
  findings: {
    label: string;
    dataset: string;
    sensitivity: { count: number; of: number; low: number; high: number };
    specificity: { count: number; of: number; low: number; high: number };
  }[];
  /** On what data the figures were measured, and what that does not show. */
  evidence: string;
  /** What the picture of where it reacted shows and does not show. */
  explanation: string;
  licence: string;
}
