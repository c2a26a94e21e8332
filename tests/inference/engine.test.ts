import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { type Bundle, loadBundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import {
  type Engine,
  type EngineEvent,
  type EngineImage,
  type EngineJob,
  startEngine,
} from '../../runtime/inference/engine.ts';
import { copyBundle, poisonBiases, shippedFolder } from './bundle-copy.ts';

const shipped = loadBundle(shippedFolder, disk);

let folder: string;
let engine: Engine;
let events: EngineEvent[];
let onEvent: (event: EngineEvent) => void;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-engine-'));
  events = [];
  onEvent = () => undefined;
  engine = startEngine({
    clock: systemClock,
    log(event) {
      events.push(event);
      onEvent(event);
    },
  });
});

afterEach(async () => {
  await engine.close();
  fs.rmSync(folder, { recursive: true });
});

function makeImage(id: string): EngineImage {
  const path = join(folder, `${id}.bin`);
  const { dataSet, transferSyntaxUid } = makePhantomInstance({
    seed: 5,
    size: 256,
    findings: ['pleural-effusion'],
    patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
    studyInstanceUid: '2.25.1',
  });
  fs.writeFileSync(path, dataSet);
  return { path, offset: 0, length: dataSet.length, transferSyntaxUid };
}

function makeJob(id: string, bundle: Bundle = shipped): EngineJob {
  return { id, images: [makeImage(id)], bundle };
}

function kill(signal: NodeJS.Signals): void {
  if (engine.pid === undefined) throw new Error('no engine process');
  process.kill(engine.pid, signal);
}

function hurry(bundle: Bundle, timeoutMs: number): Bundle {
  return { ...bundle, manifest: { ...bundle.manifest, limits: { timeoutMs, peakMegabytes: 1 } } };
}

/** The mean of an exact class activation map is the logit of its finding. */
function expectMapsToExplain(result: InstanceResult): void {
  if (result.state !== 'analysed') throw new Error(result.detail);
  for (const [at, { values, rows, columns, finding }] of result.maps.entries()) {
    expect(values).toHaveLength(rows * columns);
    const logit = values.reduce((sum, value) => sum + value, 0) / values.length;
    const { temperature } = shipped.manifest.findings[at]!;
    const score = result.scores.find((one) => one.finding === finding);
    expect(1 / (1 + Math.exp(-logit / temperature))).toBeCloseTo(score?.probability ?? -1, 4);
  }
}

const named = (name: EngineEvent['event']) => events.filter(({ event }) => event === name);

describe('the engine', () => {
  it('analyses an image in another process', async () => {
    expect(engine.pid).not.toBe(process.pid);
    const result = await engine.analyse(makeJob('one'));
    expect(result).toMatchObject({ state: 'analysed', scores: { length: 3 } });
    expectMapsToExplain(result);
    expect(events).toMatchObject([
      { event: 'started', pid: engine.pid },
      { event: 'serving', bundle: 'chest-demo 1.0.0', on: 'cpu' },
    ]);
  });

  it('answers every job of a queue, each from its own bytes', async () => {
    const image = makeImage('whole');
    const ask = (id: string, change: Partial<EngineImage>) =>
      engine.analyse({ id, images: [{ ...image, ...change }], bundle: shipped });
    const results = await Promise.all([
      ask('whole', {}),
      ask('cut', { length: image.length - 1 }),
      ask('past the end', { offset: 1 }),
      ask('no file', { path: join(folder, 'absent') }),
      ask('huge', { length: 2 ** 40 }),
      ask('video', { transferSyntaxUid: '1.2.840.10008.1.2.4.100' }),
      ask('not JPEG', { transferSyntaxUid: '1.2.840.10008.1.2.4.70' }),
      ask('again', {}),
    ]);
    const reasons = results.map((result) => ('reason' in result ? result.reason : result.state));
    expect(reasons).toEqual([
      'analysed',
      'unreadable',
      'unreadable',
      'unreadable',
      'unreadable',
      'unsupported-syntax',
      'unreadable',
      'analysed',
    ]);
    expect(results[7]).toEqual(results[0]);
    expect(JSON.stringify(results)).not.toContain(folder);
    expect(named('ended')).toEqual([]);
  });

  it('calls a blank image a matter of quality', async () => {
    const job = makeJob('blank');
    const [{ path } = { path: '' }] = job.images;
    const bytes = fs.readFileSync(path);
    fs.writeFileSync(path, bytes.fill(0, bytes.length - 256 * 256 * 2));
    expect(await engine.analyse(job)).toMatchObject({ state: 'not-analysed', reason: 'quality' });
  });
});

describe('when its process', () => {
  it('is killed in the middle of a job, the job is repeated and done', async () => {
    await engine.analyse(makeJob('first'));
    kill('SIGSTOP');
    const analysed = engine.analyse(makeJob('second'));
    kill('SIGKILL');
    expect(await analysed).toMatchObject({ state: 'analysed' });
    expect(named('repeated')).toEqual([{ event: 'repeated', id: 'second', failure: 'died' }]);
    expect(named('started')).toHaveLength(2);
  });

  it('is killed by the same job twice, the job is poison and the next one is done', async () => {
    const poison = engine.analyse(makeJob('poison'));
    onEvent = ({ event }) => {
      if (event === 'started' && named('poisoned').length === 0) kill('SIGKILL');
    };
    kill('SIGKILL');
    expect(await poison).toMatchObject({ state: 'not-analysed', reason: 'model-fault' });
    expect(await engine.analyse(makeJob('next'))).toMatchObject({ state: 'analysed' });
  });

  it('dies with nothing to do, it is started again', async () => {
    const { pid } = engine;
    kill('SIGKILL');
    await vi.waitFor(() => expect(named('started')).toHaveLength(2));
    expect(engine.pid).not.toBe(pid);
    expect(await engine.analyse(makeJob('one'))).toMatchObject({ state: 'analysed' });
  });

  it('hangs, it is killed on time and the job is repeated and done', async () => {
    await engine.analyse(makeJob('first'));
    kill('SIGSTOP');
    const job = makeJob('second', hurry(shipped, 2000));
    expect(await engine.analyse(job)).toMatchObject({ state: 'analysed' });
    expect(named('repeated')).toEqual([{ event: 'repeated', id: 'second', failure: 'timeout' }]);
    expect(named('ended')).toMatchObject([{ why: 'SIGKILL' }]);
  });

  it('hangs on the same job twice, the job has timed out', async () => {
    await engine.analyse(makeJob('first'));
    const job = makeJob('endless', hurry(shipped, 1));
    expect(await engine.analyse(job)).toMatchObject({ state: 'not-analysed', reason: 'timeout' });
    expect(named('poisoned')).toEqual([{ event: 'poisoned', id: 'endless', failure: 'timeout' }]);
    expect(await engine.analyse(makeJob('next'))).toMatchObject({ state: 'analysed' });
  });

  it('is closed, what waits is rejected and nothing runs on', async () => {
    const { pid } = engine;
    const waiting = [engine.analyse(makeJob('one')), engine.analyse(makeJob('two'))];
    const settled = Promise.allSettled(waiting);
    await engine.close();
    for (const one of await settled)
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_FAILED' } });
    await expect(engine.analyse(makeJob('late'))).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
  });

  it('loses its parent, it ends by itself', async () => {
    const module = join(import.meta.dirname, '..', '..', 'runtime', 'inference', 'engine.ts');
    const clock = join(import.meta.dirname, '..', '..', 'device', 'clock.ts');
    const program = `
      import { startEngine } from '${module}';
      import { systemClock } from '${clock}';
      process.stdout.write(String(startEngine({ clock: systemClock }).pid));
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const [pid] = await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH'), 10_000);
  });
});

describe('a model', () => {
  async function expectFault(bundle: Bundle, detail: string): Promise<void> {
    expect(await engine.analyse(makeJob('bad', bundle))).toEqual({
      state: 'not-analysed',
      reason: 'model-fault',
      detail: expect.stringContaining(detail),
    });
    expect(await engine.analyse(makeJob('good'))).toMatchObject({ state: 'analysed' });
    expect(named('ended')).toEqual([]);
  }

  it('that was changed on the disk after it was loaded is refused', async () => {
    const bundle = copyBundle(join(folder, 'bundle'), 'model.onnx', (bytes) => bytes);
    fs.appendFileSync(join(bundle.folder, 'model.onnx'), 'x');
    await expectFault(bundle, 'must have its listed size');
  });

  it('that was replaced together with its manifest is refused', async () => {
    const bundle = copyBundle(join(folder, 'bundle'), 'model.onnx', (bytes) => bytes);
    await expectFault({ ...bundle, hash: '0'.repeat(64) }, 'not the one that was loaded');
  });

  it('that ONNX Runtime does not take is a fault', async () => {
    // NodeProto field 4, four characters: the operator of the first node, which then has too many inputs.
    const misname = (bytes: Buffer) =>
      bytes.fill('Relu', bytes.indexOf('"\x04Conv') + 2, bytes.indexOf('"\x04Conv') + 6);
    await expectFault(copyBundle(join(folder, 'bundle'), 'model.onnx', misname), 'loading');
  });

  it('that answers with what is no sane number is a fault', async () => {
    const bundle = copyBundle(join(folder, 'bundle'), 'model.onnx', poisonBiases);
    await expectFault(bundle, 'the logit of');
  });

  it('that answers a golden case wrongly is a fault', async () => {
    const lie = (bytes: Buffer) => {
      const golden = JSON.parse(bytes.toString());
      golden.cases[0].probabilities.nodule = 0.99;
      return Buffer.from(JSON.stringify(golden));
    };
    await expectFault(copyBundle(join(folder, 'bundle'), 'golden.json', lie), 'self-test');
  });

  it('without usable golden cases is refused', async () => {
    const empty = () => Buffer.from('{"tolerance":0.005,"cases":[]}');
    const bundle = copyBundle(join(folder, 'bundle'), 'golden.json', empty);
    await expectFault(bundle, 'golden-schema');
  });
});
