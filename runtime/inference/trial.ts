import { fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { confine } from '../../device/confinement.ts';
import type { Clock } from '../../device/clock.ts';

/** What became of a bundle in a process of its own: accepted, or why not. */
export type Trial = { accepted: true } | { accepted: false; why: string };

// The same source is TypeScript in development and JavaScript in the image; so is the child.
const program = join(import.meta.dirname, `trial-process${extname(import.meta.filename)}`);

export interface TrialLimits {
  /** JavaScript memory: a bundle that needs more is no bundle for this device. */
  memoryMegabytes?: number;
  limitMs?: number;
}

function verdictOf(message: unknown): Trial {
  if (message === '') return { accepted: true };
  return { accepted: false, why: typeof message === 'string' ? message : 'no answer' };
}

/**
 * Has a process that may be lost read, check, open and self-test a bundle, before any other process touches it. What
 * crashes, hangs or fills the memory there is refused like what breaks a rule.
 */
export function tryBundle(
  folder: string,
  clock: Clock,
  { memoryMegabytes = 1536, limitMs = 120_000 }: TrialLimits = {},
): Promise<Trial> {
  const child = fork(program, {
    execArgv: [`--max-old-space-size=${memoryMegabytes}`, ...confine({ addons: true })],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve) => {
    const settle = (trial: Trial) => {
      cancel();
      child.kill('SIGKILL');
      resolve(trial);
    };
    const cancel = clock.after(limitMs, () =>
      settle({
        accepted: false,
        why: `rule trial-time: it did not end within ${limitMs / 1000} s`,
      }),
    );
    child.once('message', (message) => settle(verdictOf(message)));
    child.once('error', (error) => settle({ accepted: false, why: error.message }));
    child.once('exit', (code, signal) =>
      settle({
        accepted: false,
        why: `rule trial-survival: the process ended (${signal ?? code})`,
      }),
    );
    child.send(folder, () => undefined);
  });
}
