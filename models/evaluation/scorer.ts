/** A model as an evaluation names it. */
export interface ScoredModel {
  name: string;
  version: string;
  /** SHA-256 of the model file. */
  hash: string;
  status: 'demo' | 'investigational' | 'cleared';
  /** The bundle's fixed notice. */
  notice: string;
  /** By finding id, in the order of the manifest: the threshold that was set beforehand. */
  thresholds: Record<string, number>;
}

/**
 * A model that is ready to answer about image files, through the whole path that an image takes in service: data set,
 * pixels, applicability, preprocessing, model. An evaluation that went another way would measure another device.
 */
export interface Scorer {
  model: ScoredModel;
  /** What the device says of the image in a file. Never throws for what is wrong with the image: that is an answer. */
  score(file: string): Promise<ScorerAnswer>;
  close(): Promise<void>;
}

/**
 * As `InstanceResult`, of which an evaluation needs no activation map. Beside a refusal stand the scores that the device
 * keeps to itself, where the networks have answered: only they show what the refusal was worth.
 */
export type ScorerAnswer =
  | { state: 'analysed'; scores: { finding: string; probability: number }[] }
  | {
      state: 'not-analysed';
      reason: string;
      detail: string;
      scores?: { finding: string; probability: number }[];
    };

/** Opens a bundle for evaluation. Throws BUNDLE_INVALID or MODEL_FAULT. */
export type OpenScorer = (bundle: string) => Promise<Scorer>;
