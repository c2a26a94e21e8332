import process from 'node:process';
import { disk } from '../../../device/files.ts';
import { stepBack } from '../background.ts';
import type { Placement } from '../session/placement.ts';
import type { Runtime } from '../session/session-port.ts';
import { compileBundle } from './compilation.ts';
import type { CompileJob, CompilerReply } from './compiler-message.ts';
import { serveThrowaway } from './throwaway.ts';

/** The life of a compiler process: one job, one answer. `open` opens the runtime that the job names. */
export function serveCompiler(open: (placement: Placement) => Promise<Runtime>): void {
  stepBack();
  serveThrowaway<CompilerReply>(
    async (given) => {
      const job = given as CompileJob;
      const runtime = await open(job.placement);
      const onMember = (member: number) => process.send?.({ reply: 'member', member });
      const engines = await compileBundle(job, { runtime, files: disk, onMember });
      return { reply: 'built', engines };
    },
    (detail) => ({ reply: 'refused', detail }),
  );
}
