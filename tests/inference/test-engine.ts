import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { type Bundle, loadBundle } from '../../models/bundle.ts';
import {
  type Engine,
  type EngineEvent,
  type EngineJob,
  type EngineOptions,
  startEngine,
} from '../../runtime/inference/engine.ts';
import { shippedFolder } from './bundle-copy.ts';

export const shipped = loadBundle(shippedFolder, disk);

/** A real engine with its process, whose events are kept. It ends with the test. */
export class TestEngine {
  readonly engine: Engine;
  readonly events: EngineEvent[] = [];
  readonly folder = fs.mkdtempSync(join(tmpdir(), 'scanside-engine-'));
  /** Called after each event. */
  onEvent: (event: EngineEvent) => void = () => undefined;
  /** Ids of jobs in the order in which they were done. */
  readonly done: string[] = [];
  #images = 0;

  constructor(options: Partial<EngineOptions> = {}) {
    this.engine = startEngine({
      clock: systemClock,
      ...options,
      log: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
    });
    onTestFinished(async () => {
      await this.engine.close();
      fs.rmSync(this.folder, { recursive: true });
    });
  }

  /** Analyses an image of its own; nothing of it is in a cache. */
  async analyse(id: string, change: Partial<EngineJob> = {}) {
    const result = await this.engine.analyse({ ...this.job(id), ...change });
    this.done.push(id);
    return result;
  }

  job(id: string, bundle: Bundle = shipped): EngineJob {
    const seed = 9000 + this.#images++;
    const path = join(this.folder, `${seed}.bin`);
    const { dataSet, transferSyntaxUid } = makePhantomInstance({
      seed,
      size: 96,
      patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
      studyInstanceUid: '2.25.1',
    });
    fs.writeFileSync(path, dataSet);
    const image = { path, offset: 0, length: dataSet.length, transferSyntaxUid };
    return { id, images: [image], bundle };
  }

  named<Name extends EngineEvent['event']>(name: Name): Extract<EngineEvent, { event: Name }>[] {
    return this.events.filter((each) => each.event === name) as never;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.engine.pid === undefined) throw new Error('there is no engine process');
    process.kill(this.engine.pid, signal);
  }
}
