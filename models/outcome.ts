/** Stands for the device itself where a result is not a model's: none applies, or nothing may be sent. */
export const dispatcher = 'dispatcher';

/** Why an image or a study was not analysed. Shown on the panel and coded in the SR; a closed list. */
export const notAnalysedReasons = {
  'out-of-scope': 'No model on this device is intended for this kind of image',
  'unsupported-syntax': 'The image is compressed in a way this device cannot read',
  unreadable: 'The object has no image that can be read',
  quality: 'The image quality is outside what the model was validated for',
  'outside-validated-domain': 'The image is unlike those the model was validated on',
  uncertain: 'The model is too uncertain to answer for this exam',
  timeout: 'The analysis took too long and was stopped',
  'model-fault': 'The model failed on this image',
  paused: 'AI was paused when the image came',
  'patient-mismatch': 'The images of this study name different patients',
  'conflicting-images': 'Different images of this study came under one identity',
  unwritable: 'The result could not be written as it has to be',
  'drift-fallback': 'The model is not trusted here until somebody has looked into it',
} as const;

export type NotAnalysedReason = keyof typeof notAnalysedReasons;

/** What is wrong with an image that was rejected for its quality: those of CID 7011 that software can see. */
export const qualityIssues = [
  'artifact',
  'positioning',
  'motion-blur',
  'under-exposed',
  'over-exposed',
  'no-image',
  'detector-artifact',
  'double-exposure',
] as const;

export type QualityIssue = (typeof qualityIssues)[number];

/** One head of a model on one image. */
export interface FindingScore {
  /** The `id` of a finding in the manifest. */
  finding: string;
  /** Calibrated, 0 to 1. */
  probability: number;
  /** Standard deviation of the members' probabilities; absent where there is one member. */
  spread?: number | undefined;
  /** Frame of a multi-frame object, from 1; absent where there is one. */
  frame?: number | undefined;
}

/**
 * Where one head of a model reacted on one image: its class activation map, row by row, on the grid of the network.
 * It never reaches a technologist's panel where the bundle's presentation profile does not allow it.
 */
export interface ActivationMap {
  /** The `id` of a finding in the manifest. */
  finding: string;
  rows: number;
  columns: number;
  /** `rows` × `columns` values in units of the logit; their mean is the logit. */
  values: number[];
  /** Frame of a multi-frame object, from 1; absent where there is one. */
  frame?: number | undefined;
}

/** The pixels of one image that a model takes for a finding, on the grid of the stored image. */
export interface Mask {
  /** The `id` of a finding in the manifest. */
  finding: string;
  rows: number;
  columns: number;
  /** Set pixels in row-major order: start and length of each run, alternating, ascending and disjoint. */
  runs: number[];
  /** Frame of a multi-frame object, from 1; absent where there is one. */
  frame?: number | undefined;
}

/** What the engine says of one image. */
export type InstanceResult =
  | {
      state: 'analysed';
      scores: FindingScore[];
      maps: ActivationMap[];
      /**
       * Of the findings whose probability reaches the threshold on this image or frame, none of them empty; absent where
       * the model gives no masks or may not show where it reacted.
       */
      masks?: Mask[] | undefined;
      /** What drift is told by, under names of `quality/signal.ts`; absent where the bundle has no reference. */
      signals?: Record<string, number> | undefined;
      /** The image is unlike the validated ones, and only the series as a whole may say what that means. */
      outside?: boolean | undefined;
    }
  | NotAnalysed;

/** No answer, and why. */
export interface NotAnalysed {
  state: 'not-analysed';
  reason: NotAnalysedReason;
  detail: string;
  /** Beside `quality`, where it is known. */
  quality?: QualityIssue | undefined;
}

/** One image's part in a conclusion. */
export interface AnalysedInstance {
  sopInstanceUid: string;
  scores: FindingScore[];
}

/** A finding on the whole study, after aggregation. */
export interface StudyFinding {
  /** The `id` of a finding in the manifest. */
  finding: string;
  probability: number;
  /** The probability reaches the operating point. */
  flagged: boolean;
  /** The images that made the probability, the strongest first. */
  key: { sopInstanceUid: string; frame?: number | undefined }[];
}

/**
 * The one terminal result of a model on a study. `flagged`: at least one probability reaches its threshold.
 * `no-flag`: every applicable image was analysed and none does. Anything else is `not-analysed`, never silence.
 */
export type Conclusion =
  | (Seen & {
      state: 'flagged' | 'no-flag';
      missed: MissedInstance[];
      /** Beside `flagged`: the model is trusted less than before, and its flags are to be looked at twice. */
      secondLook?: true;
    })
  | (NotAnalysed & {
      /** Beside `uncertain`: what was seen of every applicable image, which is no answer. */
      seen?: Seen | undefined;
    });

/** Why a person takes a flag back: codes of a closed list. */
export const withdrawalReasons = {
  'false-flag': 'The flag is wrong',
  'wrong-patient': 'The images are of another patient',
  artifact: 'An artifact was flagged',
  'outside-intended-use': 'The exam is outside what the model is intended for',
} as const;

export type WithdrawalReason = keyof typeof withdrawalReasons;

/** A flag that a person with the right to do so has taken back. It makes no negative of it. */
export interface Withdrawal {
  reason: WithdrawalReason;
  /** What the person is; who it is stays on the device. */
  role: 'technologist' | 'radiologist' | 'field-engineer' | 'administrator';
  /** Wall time, milliseconds since 1970. */
  at: number;
}

/** What a model has seen on the images of a study. */
export interface Seen {
  analysed: AnalysedInstance[];
  findings: StudyFinding[];
}

/** An applicable image that was not analysed although another one of the study was. Only beside `flagged`. */
export interface MissedInstance {
  sopInstanceUid: string;
  reason: NotAnalysedReason;
}
