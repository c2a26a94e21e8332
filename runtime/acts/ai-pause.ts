import { join } from 'node:path';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import type { PauseReason } from '../../panel/act.ts';
import type { PauseView } from '../../panel/source.ts';

export interface AiPauseOptions {
  clock: Clock;
  files: Files;
  /** Where the pause is written down; it outlives the index. */
  folder: string;
  /** Told when it begins and ends, and each time people are to be asked whether it is still meant. */
  changed(): void;
}

interface Paused {
  since: number;
  user: string;
  reason: PauseReason;
  /** When somebody last said that it is meant. */
  saidAt: number;
}

/** Time after which people are asked whether a pause is still meant. */
export const remindMs = 30 * 60_000;

const fileName = 'ai-pause.json';

/**
 * Whether AI is paused. Written down before it counts. A file that cannot be read means paused: nobody can say that
 * somebody wanted AI to work.
 */
export class AiPause {
  readonly #options: AiPauseOptions;
  readonly #path: string;
  #paused: Paused | undefined;
  #cancel: Cancel = () => undefined;

  constructor(options: AiPauseOptions) {
    this.#options = options;
    this.#path = join(options.folder, fileName);
    this.#paused = this.#read();
  }

  /** Asks people in time. */
  start(): void {
    this.#remind();
  }

  get isOn(): boolean {
    return this.#paused !== undefined;
  }

  get view(): PauseView {
    if (!this.#paused) return { paused: false };
    const { since, user, reason, saidAt } = this.#paused;
    return { paused: true, since, user, reason, remindAt: saidAt + remindMs };
  }

  /** Pauses AI; again says that it is still meant. Durable on return. */
  pause(user: string, reason: PauseReason): void {
    const now = this.#options.clock.now();
    const begun = this.#paused ?? { since: now, user, reason };
    const paused = { ...begun, saidAt: now };
    this.#options.files.replace(this.#path, JSON.stringify(paused));
    this.#paused = paused;
    this.#remind();
    this.#options.changed();
  }

  /** Durable on return. Throws ACT_REFUSED where AI is not paused. */
  resume(): void {
    if (!this.#paused) throw new ScansideError('ACT_REFUSED', 'AI is not paused');
    this.#options.files.replace(this.#path, JSON.stringify({}));
    this.#paused = undefined;
    this.#cancel();
    this.#options.changed();
  }

  close(): void {
    this.#cancel();
  }

  #remind(): void {
    const { clock, changed } = this.#options;
    this.#cancel();
    if (!this.#paused) return;
    const passed = clock.now() - this.#paused.saidAt;
    // A clock that was set back must not keep people from being asked.
    const waitMs = Math.max(0, Math.min(remindMs, remindMs - (passed % remindMs)));
    this.#cancel = clock.after(waitMs, () => {
      this.#remind();
      changed();
    });
  }

  #read(): Paused | undefined {
    const { files, clock } = this.#options;
    if (!files.exists(this.#path)) return undefined;
    const now = clock.now();
    const unknown: Paused = { since: now, user: '', reason: 'other', saidAt: now };
    try {
      const read = JSON.parse(files.readText(this.#path)) as Partial<Paused>;
      return Object.keys(read).length === 0 ? undefined : { ...unknown, ...read };
    } catch {
      return unknown;
    }
  }
}
