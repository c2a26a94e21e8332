import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { processesOf, type GroupMember } from './process-tree.ts';

const program = join(import.meta.dirname, '..', 'demo', 'main.ts');
const pollMs = 5;
/** Far above what any run needs: only a run that hangs reaches it. */
const limitMs = 90_000;

/** How a run of the demonstration ended. */
export interface DemoEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** One `npm run demo -- --once`, in a process group of its own so that all of its processes can be found. */
export class DemoRun {
  readonly pid: number;
  readonly end: Promise<DemoEnd>;
  #ended = false;

  constructor(data: string, studies: number) {
    const child = spawn(
      process.execPath,
      [program, '--once', '--studies', String(studies), '--data', data],
      { detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    if (child.pid === undefined) throw new Error('the demonstration could not be started');
    this.pid = child.pid;
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    const limit = setTimeout(() => this.killAll(), limitMs);
    // Not "close": an orphan that is left behind holds the pipes open.
    this.end = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ended = true;
        clearTimeout(limit);
        setImmediate(() => resolve({ code, signal, ...output }));
      });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  processes(): GroupMember[] {
    return processesOf(this.pid);
  }

  /** Kills one process of the tree as soon as there is one; false where the run ends before. */
  async kill(name: string): Promise<boolean> {
    while (!this.#ended) {
      const victim = this.processes().find(({ commandLine }) => commandLine.includes(name));
      if (victim) return killNow(victim.pid);
      await pause(pollMs);
    }
    return false;
  }

  killMain(): void {
    killNow(this.pid);
  }

  /** Everything but the main process. */
  killChildren(): void {
    for (const { pid } of this.processes()) if (pid !== this.pid) killNow(pid);
  }

  killAll(): void {
    for (const { pid } of this.processes()) killNow(pid);
  }

  /** The processes that are still there after the time that an orphan has to notice and leave. */
  async leftBehind(graceMs: number): Promise<GroupMember[]> {
    for (let waited = 0; waited < graceMs && this.processes().length > 0; waited += pollMs)
      await pause(pollMs);
    return this.processes();
  }
}

function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
