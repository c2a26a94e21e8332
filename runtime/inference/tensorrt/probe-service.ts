import { z } from 'zod';
import { disk } from '../../../device/files.ts';
import type { Runtime } from '../session/session-port.ts';
import type { Accelerator } from './accelerator.ts';
import { tryAccelerator } from './accelerator-trial.ts';
import { serveThrowaway } from './throwaway.ts';

/** What the probe process is to try. */
export interface ProbeJob {
  library: string;
  /** A folder of its own, which the parent removes afterwards. */
  scratch: string;
}

const accelerator = z.strictObject({
  tensorrt: z.string(),
  cuda: z.string(),
  computeCapability: z.string(),
  onnxruntime: z.string(),
});

export const probeReply = z.discriminatedUnion('reply', [
  z.object({ reply: z.literal('works'), accelerator }),
  z.object({ reply: z.literal('refused'), detail: z.string() }),
]);

export type ProbeReply = z.infer<typeof probeReply>;

/** How the process that is probed in gets at the accelerator. */
export interface Access {
  open(library: string): Promise<Runtime>;
  readAccelerator(library: string, onnxruntime: string): Promise<Accelerator>;
}

/** The life of a probe process: one job, one answer. */
export function serveProbe(access: Access): void {
  serveThrowaway<ProbeReply>(
    async (job) => {
      const { library, scratch } = job as ProbeJob;
      const runtime = await access.open(library);
      const facts = await access.readAccelerator(library, runtime.version);
      await tryAccelerator(runtime, disk, facts, scratch);
      return { reply: 'works', accelerator: facts };
    },
    (detail) => ({ reply: 'refused', detail }),
  );
}
