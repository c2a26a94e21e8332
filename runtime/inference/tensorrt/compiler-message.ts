import { z } from 'zod';
import type { Placement } from '../session/placement.ts';
import type { TensorrtOptions } from './options.ts';

/** What the compiler process is to do: one bundle, all its members. */
export interface CompileJob {
  folder: string;
  /** Hash of the bundle that is meant. */
  hash: string;
  /** The runtime and its library; what it says of providers does not matter. */
  placement: Placement;
  options: TensorrtOptions;
  /** A folder of its own, which the parent removes afterwards. */
  scratch: string;
}

const built = z.object({
  path: z.string(),
  length: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A compiled graph in the scratch folder, tested. */
export type BuiltEngine = z.infer<typeof built>;

/** What the process says. It runs native code, so even its words are checked. */
export const compilerReply = z.discriminatedUnion('reply', [
  /** Begins with a member, counted from 1; after the last one with the golden cases. */
  z.object({ reply: z.literal('member'), member: z.int().positive() }),
  z.object({ reply: z.literal('built'), engines: z.array(built).min(1) }),
  z.object({ reply: z.literal('refused'), detail: z.string() }),
]);

export type CompilerReply = z.infer<typeof compilerReply>;

/** Folder of TensorRT's timings in a scratch folder. */
export const timingsFolder = 'timings';
