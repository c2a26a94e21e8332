import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import process from 'node:process';
import type { z } from 'zod';
import { ScansideError } from '../../../device/errors.ts';

/** What a process that may be lost is started with, and whom it tells. */
export interface Throwaway<Reply> {
  program: string;
  job: Serializable;
  /** Flags of Node. */
  flags?: string[];
  /** Native code runs in it, so even its words are checked. */
  replies: z.ZodType<Reply>;
  onReply: (reply: Reply) => void;
  /** It ended, was killed, or said what nobody understands. May come after a reply, and more than once. */
  onEnd: (why: string) => void;
}

/** Characters of the process's last words that are kept. */
const lastWords = 400;

/** Starts a process for one job, in which native code may crash or hang. Its owner kills it. */
export function startThrowaway<Reply>(throwaway: Throwaway<Reply>): ChildProcess {
  const { program, job, flags = [], replies, onReply, onEnd } = throwaway;
  const child = fork(program, { execArgv: flags, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-lastWords);
  });
  child.on('message', (message) => {
    const parsed = replies.safeParse(message);
    if (parsed.success) onReply(parsed.data);
    else onEnd('the process said something that nobody understands');
  });
  child.on('error', (error) => onEnd(error.message));
  // Its last words come before `close`, not before `exit`.
  child.on('close', (code, signal) =>
    onEnd(`the process ended (${signal ?? code}) ${said.trim()}`.trim()),
  );
  child.send(job, () => undefined);
  return child;
}

/**
 * The life of such a process: one job, one last answer. What is refused is an answer too; what nobody expected ends the
 * process, with a trace.
 */
export function serveThrowaway<Reply>(
  answer: (job: unknown) => Promise<Reply>,
  refuse: (detail: string) => Reply,
): void {
  process.once('message', (job: unknown) => {
    answer(job)
      .catch((error: unknown) => {
        if (error instanceof ScansideError) return refuse(error.message);
        throw error;
      })
      .then(
        (reply) => process.send?.(reply, undefined, {}, () => process.exit(0)),
        (error: unknown) => {
          process.stderr.write(error instanceof Error ? `${error.stack}\n` : String(error));
          process.exit(1);
        },
      );
  });
  // Without a parent there is nobody to work for.
  process.on('disconnect', () => process.exit(0));
}
