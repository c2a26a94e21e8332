import { z } from 'zod';
import {
  type InstanceResult,
  type NotAnalysedReason,
  notAnalysedReasons,
  qualityIssues,
} from '../../models/outcome.ts';
import { masksMessage } from './mask-message.ts';
import type { Placement } from './session/placement.ts';

/** One image where it lies on the disk. */
export interface ImageExtent {
  /** The file, and the byte range in it, that hold the data set. */
  path: string;
  offset: number;
  length: number;
  /** Opens it, base64; undefined where it is not sealed. */
  key: string | undefined;
  transferSyntaxUid: string;
}

/** What the engine's parent asks of it, one at a time. Pixels never travel: the child reads them from the disk. */
export type EngineRequest =
  | {
      ask: 'load';
      folder: string;
      /** Hash of the bundle that the parent means. */
      hash: string;
      placement: Placement;
    }
  | {
      ask: 'analyse';
      hash: string;
      /** The images of each unit of work; the units are run together. */
      units: ImageExtent[][];
    };

const reason = z.custom<NotAnalysedReason>(
  (value) => typeof value === 'string' && Object.hasOwn(notAnalysedReasons, value),
);

const result: z.ZodType<InstanceResult> = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('analysed'),
    scores: z.array(
      z.object({
        finding: z.string(),
        probability: z.number().min(0).max(1),
        spread: z.number().nonnegative().optional(),
        frame: z.int().positive().optional(),
      }),
    ),
    maps: z.array(
      z.object({
        finding: z.string(),
        rows: z.int().positive(),
        columns: z.int().positive(),
        values: z.array(z.number()),
        frame: z.int().positive().optional(),
      }),
    ),
    masks: masksMessage.optional(),
    signals: z.record(z.string().max(40), z.number()).optional(),
    outside: z.boolean().optional(),
  }),
  z.object({
    state: z.literal('not-analysed'),
    reason,
    detail: z.string(),
    quality: z.enum(qualityIssues).optional(),
  }),
]);

/** What a reply says beside its own matter. */
const beside = {
  /** Bytes of memory that the child holds. */
  resident: z.number().nonnegative(),
  /** The most that it has ever held. */
  highest: z.number().nonnegative(),
  /** Networks that run here although a server is to run them, and why. */
  detours: z
    .array(z.object({ network: z.string().max(200), because: z.string().max(500) }))
    .max(256)
    .optional(),
};

/** The child's answer. It runs native code, so even its words are checked. */
export const engineReply = z.discriminatedUnion('reply', [
  z.object({ reply: z.literal('loaded'), ...beside }),
  z.object({ reply: z.literal('refused'), detail: z.string(), ...beside }),
  /** One for each unit, in order. */
  z.object({ reply: z.literal('results'), results: z.array(result).min(1), ...beside }),
]);

export type EngineReply = z.infer<typeof engineReply>;
