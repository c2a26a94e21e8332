import type { ActView } from './act.ts';
import type { ExamView } from './source.ts';

/** A step on the exam's way that is behind it. */
export interface TimelineStep {
  step: 'first-image' | 'complete' | 'result' | 'sent' | 'committed';
  /** Wall time, milliseconds since 1970 UTC. */
  at: number;
}

/**
 * An image that can be looked at, scaled down to at most 1536 on its longer side: a preview, never for diagnosis. Its
 * bytes are `rows` × `columns` stored values, 16 bits, little-endian, signed where `signed` says so.
 */
export interface ImageView {
  /** Name of the preview in addresses: letters, digits, dots and hyphens. */
  id: string;
  /** Place in the series, from 1; for a volume along its axis. */
  number: number;
  rows: number;
  columns: number;
  signed: boolean;
  /** Modality LUT as slope and intercept (PS3.3 C.11.1). */
  slope: number;
  intercept: number;
  /** MONOCHROME1: low values are bright. */
  inverted: boolean;
  /** Windows in units after slope and intercept; at least one. The first is shown first. */
  windows: { name: string; center: number; width: number }[];
  /** Height of a pixel over its width. */
  aspect: number;
  /** Changes with the bytes: the preview's entity tag. */
  etag: string;
}

/**
 * What may help a reader who is cleared to see it. It never leaves the server under `triage-notify`, and under the other
 * profiles only for the roles that `presentation.ts` names.
 */
export interface AidView {
  findings: {
    id: string;
    label: string;
    /** An action's name, not a certainty. */
    tier?: 'high' | 'medium' | 'low';
    /** Of the flags of this tier in validation, how many were right; 95 % interval as shares of 1. */
    confirmed?: { count: number; of: number; low: number; high: number };
    /** How far the members of the ensemble disagree. */
    spread?: 'low' | 'moderate' | 'high';
  }[];
  /** `ImageView.id` of the image that reacted most. */
  keyImage: string | undefined;
  /** Pictures of where the model reacted: which image, which finding. */
  heatmaps: { imageId: string; finding: string }[];
  /** What such a picture shows and does not show, in the words of the model's maker. */
  statement: string;
  /**
   * Of a series of slices: the image that reacted most and five on each side. They are a location, so they stand here and
   * never among the images that everybody may look at.
   */
  images?: ImageView[];
}

/** Everything about one exam. */
export interface ExamDetail {
  exam: ExamView;
  timeline: TimelineStep[];
  /** Of a series of slices at most eleven: the middle one and five on each side, whatever a model found. */
  images: ImageView[];
  /** `making`: previews are being made, ask again; `none`: there is no picture that can be shown. */
  previews: 'ready' | 'making' | 'none';
  aid: AidView | undefined;
  acts: ActView[];
}

/** The images that are looked at: those around what reacted most, where that may be known. */
export function shownImages({ aid, images }: ExamDetail): ImageView[] {
  return aid?.images ?? images;
}

/** Bytes of a picture with its type; `etag` of a preview is that of its `ImageView`. */
export interface Picture {
  type: 'image/png' | 'application/octet-stream';
  bytes: Uint8Array;
  etag: string;
}
