import os from 'node:os';
import process from 'node:process';
import { ScansideError } from '../../../device/errors.ts';
import { disk } from '../../../device/files.ts';
import type { Placement } from '../session/placement.ts';
import type { Runtime } from '../session/session-port.ts';
import { compileBundle } from './compilation.ts';
import type { CompileJob, CompilerReply } from './compiler-message.ts';

/** Everything else goes first; and when memory runs out, this is what the kernel takes. */
function stepBack(): void {
  os.setPriority(os.constants.priority.PRIORITY_LOW);
  const fd = disk.openToUpdate('/proc/self/oom_score_adj');
  const most = Buffer.from('1000');
  disk.write(fd, most, 0, most.length);
  disk.close(fd);
}

function send(reply: CompilerReply, then?: () => void): void {
  process.send?.(reply, undefined, {}, then);
}

async function answer(
  job: CompileJob,
  open: (placement: Placement) => Promise<Runtime>,
): Promise<CompilerReply> {
  try {
    const runtime = await open(job.placement);
    const onMember = (member: number) => send({ reply: 'member', member });
    const engines = await compileBundle(job, { runtime, files: disk, onMember });
    return { reply: 'built', engines };
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return { reply: 'refused', detail: error.message };
  }
}

/** The life of a compiler process: one job, one answer. `open` opens the runtime that the job names. */
export function serveCompiler(open: (placement: Placement) => Promise<Runtime>): void {
  stepBack();
  process.once('message', (job: CompileJob) => {
    answer(job, open).then(
      (reply) => send(reply, () => process.exit(0)),
      (error: unknown) => {
        process.stderr.write(error instanceof Error ? `${error.stack}\n` : String(error));
        process.exit(1);
      },
    );
  });
  // Without a parent there is nobody to compile for.
  process.on('disconnect', () => process.exit(0));
}
