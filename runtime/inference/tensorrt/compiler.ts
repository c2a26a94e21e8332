import type { ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import type { Clock } from '../../../device/clock.ts';
import type { Files } from '../../../device/files.ts';
import {
  type BuiltEngine,
  type CompileJob,
  compilerReply,
  type CompilerReply,
} from './compiler-message.ts';
import { startThrowaway } from './throwaway.ts';

// The same source is TypeScript in development and JavaScript in the image; so is the child.
const compilerProgram = join(
  import.meta.dirname,
  `compiler-process${extname(import.meta.filename)}`,
);

export interface CompilerLimits {
  /** Milliseconds at work; those that it stands still do not count. */
  ms: number;
  /** Resident memory of the process. What a GPU takes of unified memory does not show there. */
  megabytes: number;
  /** Memory that the machine must keep available, whoever takes it. */
  keepMegabytes: number;
}

/** Builds of ten minutes were seen on an Orin; one that takes an hour takes for ever. */
export const usualLimits: CompilerLimits = {
  ms: 60 * 60_000,
  megabytes: 4096,
  keepMegabytes: 512,
};

export type Compiled = { built: BuiltEngine[] } | { failure: string };

/** One life of the compiler process, as its parent sees it. */
export interface Compilation {
  readonly pid: number | undefined;
  /** Never rejects. */
  readonly done: Promise<Compiled>;
  /** The process stands still, wherever it is in native code; what the GPU has begun is finished. */
  pause(): void;
  resume(): void;
  cancel(): void;
}

export interface CompilerOptions {
  clock: Clock;
  files: Files;
  limits?: CompilerLimits;
  /** Called when a member begins, and every ten seconds at work. */
  onProgress?: (progress: { member: number; seconds: number }) => void;
  program?: string;
  /** Where the kernel tells of processes and memory. */
  proc?: string;
}

const tickMs = 1000;
const ticksOfProgress = 10;

/** Megabytes that a line such as `VmRSS:  1024 kB` names; undefined where there is none. */
export function readMegabytes(text: string, name: string): number | undefined {
  const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** Which limit is passed; undefined where none is. */
export function passedLimit(
  at: { ms: number; resident: number | undefined; available: number | undefined },
  limits: CompilerLimits,
): string | undefined {
  if (at.ms > limits.ms) return `it did not end within ${limits.ms / 60_000} min at work`;
  if ((at.resident ?? 0) > limits.megabytes)
    return `it took more than ${limits.megabytes} MB of memory`;
  if ((at.available ?? Number.POSITIVE_INFINITY) < limits.keepMegabytes)
    return `less than ${limits.keepMegabytes} MB of memory were left to the machine`;
  return undefined;
}

class ForkedCompilation implements Compilation {
  readonly done: Promise<Compiled>;
  readonly #child: ChildProcess;
  readonly #options: CompilerOptions;
  #settle!: (compiled: Compiled) => void;
  #cancelTick: () => void = () => undefined;
  #ticks = 0;
  #member = 0;
  #paused = false;

  constructor(job: CompileJob, options: CompilerOptions) {
    this.#options = options;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#child = startThrowaway({
      program: options.program ?? compilerProgram,
      job,
      replies: compilerReply,
      onReply: (reply) => this.#take(reply),
      onEnd: (failure) => this.#end({ failure }),
    });
    this.#tickLater();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  pause(): void {
    this.#paused = true;
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#paused = false;
    this.#child.kill('SIGCONT');
  }

  cancel(): void {
    this.#end({ failure: 'it was stopped' });
  }

  #take(reply: CompilerReply): void {
    if (reply.reply === 'built') this.#end({ built: reply.engines });
    else if (reply.reply === 'refused') this.#end({ failure: reply.detail });
    else {
      this.#member = reply.member;
      this.#progress();
    }
  }

  #progress(): void {
    const seconds = (this.#ticks * tickMs) / 1000;
    this.#options.onProgress?.({ member: this.#member, seconds });
  }

  #tickLater(): void {
    this.#cancelTick = this.#options.clock.after(tickMs, () => this.#tick());
  }

  #tick(): void {
    if (!this.#paused) this.#ticks += 1;
    const passed = passedLimit(this.#measure(), this.#options.limits ?? usualLimits);
    if (passed) {
      this.#end({ failure: passed });
      return;
    }
    if (!this.#paused && this.#ticks % ticksOfProgress === 0) this.#progress();
    this.#tickLater();
  }

  #measure() {
    return {
      ms: this.#ticks * tickMs,
      resident: readMegabytes(this.#read(`${this.pid}/status`), 'VmRSS'),
      available: readMegabytes(this.#read('meminfo'), 'MemAvailable'),
    };
  }

  #read(name: string): string {
    try {
      return this.#options.files.readText(join(this.#options.proc ?? '/proc', name));
    } catch {
      // It has just ended.
      return '';
    }
  }

  #end(compiled: Compiled): void {
    this.#cancelTick();
    this.#child.kill('SIGKILL');
    this.#settle(compiled);
  }
}

/** Compiles a bundle in a process that may be lost, and is niced: it yields to whatever else wants the processor. */
export function startCompilation(job: CompileJob, options: CompilerOptions): Compilation {
  return new ForkedCompilation(job, options);
}
