import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import process from 'node:process';
import type { Clock } from '../../device/clock.ts';
import { confine } from '../../device/confinement.ts';
import { lastInLine } from './background.ts';
import { type EngineReply, engineReply, type EngineRequest } from './engine-message.ts';
import { explainEnd, type Failure } from './engine-policy.ts';

export type Exchange = { end: 'reply'; reply: EngineReply } | { end: Failure };

/** How a child has ended: its signal or exit code, and why in words. */
export interface ChildEnd {
  why: string;
  because: string;
}

/** One life of the engine process, as its parent sees it. */
export interface EngineChild {
  readonly pid: number | undefined;
  /** Bundles that this child has loaded, by hash, with the megabytes that each may take. */
  readonly loaded: Map<string, number>;
  /** Why it has refused others. */
  readonly refused: Map<string, string>;
  /** Sends one request and waits for its reply; kills the child after `limitMs`. One request at a time. Never rejects. */
  exchange(request: EngineRequest, limitMs: number): Promise<Exchange>;
  /** Ends it now; `because` is what the log says. */
  kill(because: string): void;
}

// The same source is TypeScript in development and JavaScript in the image; so is the child.
const program = join(import.meta.dirname, `engine-process${extname(import.meta.filename)}`);

/** Waits for one reply. Whatever comes after the limit is too late: the child will not live to take another request. */
function ask(
  child: ChildProcess,
  clock: Clock,
  request: EngineRequest,
  limitMs: number,
  kill: (because: string) => void,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let failure: Failure = 'died';
    const settle = (exchange: Exchange) => {
      cancel();
      child.off('message', onMessage);
      child.off('exit', onEnd);
      child.off('error', onEnd);
      resolve(exchange);
    };
    const onEnd = () => settle({ end: failure });
    const onMessage = (message: unknown) => {
      const parsed = engineReply.safeParse(message);
      if (parsed.success) settle({ end: 'reply', reply: parsed.data });
      else kill('its answer makes no sense');
    };
    const cancel = clock.after(limitMs, () => {
      failure = 'timeout';
      child.off('message', onMessage);
      kill(`it did not answer within ${Math.round(limitMs)} ms`);
    });
    child.on('message', onMessage);
    child.on('exit', onEnd);
    child.on('error', onEnd);
    child.send(request, () => undefined);
  });
}

/** What an engine process is for. */
export interface ChildKind {
  /** It is to load a library that is proved in a child of its own first. */
  provesLibraries: boolean;
  /** Everything else on the machine goes first: nobody waits for its answers. */
  isLast?: boolean;
}

/** Starts the engine process. `onEnd` is called once, when it is gone for whatever reason. */
export function startChild(
  clock: Clock,
  { provesLibraries, isLast = false }: ChildKind,
  onEnd: (end: ChildEnd) => void,
): EngineChild {
  const child = fork(program, isLast ? [lastInLine] : [], {
    execArgv: confine({ addons: true, children: provesLibraries }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A run of the C API occupies a thread of this pool: four stay for files.
    env: { ...process.env, UV_THREADPOOL_SIZE: '5' },
  });
  let ended = false;
  let ordered: string | undefined;
  const end = (why: string) => {
    if (!ended) onEnd({ why, because: ordered ?? explainEnd(why) });
    ended = true;
  };
  const kill = (because: string) => {
    ordered ??= because;
    child.kill('SIGKILL');
  };
  child.on('exit', (code, signal) => end(signal ?? `exit ${code}`));
  // A child that could not be started has no exit.
  child.on('error', (error) => {
    if (child.pid === undefined) end(error.message);
  });
  return {
    pid: child.pid,
    loaded: new Map(),
    refused: new Map(),
    exchange(request, limitMs) {
      return ended ? Promise.resolve({ end: 'died' }) : ask(child, clock, request, limitMs, kill);
    },
    kill,
  };
}
