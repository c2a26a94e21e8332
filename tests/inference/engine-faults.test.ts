import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, vi } from 'vitest';
import type { InstanceResult } from '../../models/outcome.ts';
import { onProcessor } from '../../runtime/inference/session/placement.ts';
import { copyBundle, poisonBiases } from './bundle-copy.ts';
import { shipped, TestEngine } from './test-engine.ts';

const limit = 120_000;
const stateOf = (result: InstanceResult) =>
  result.state === 'analysed' ? result.state : result.reason;

describe('the engine’s process', () => {
  it.each([
    ['crashes in native code', 'SIGSEGV', 'native code crashed'],
    ['is killed, as for want of memory', 'SIGKILL', 'as the kernel does when memory is short'],
    ['gives up', 'SIGABRT', 'native code gave up'],
  ] as const)(
    '%s: it is named, and the work is done',
    { timeout: limit },
    async (_, signal, words) => {
      const test = new TestEngine();
      await test.analyse('first');
      test.kill('SIGSTOP');
      const results = [1, 2, 3].map((at) => test.analyse(`job ${at}`));
      test.kill(signal);
      test.kill('SIGCONT');
      expect((await Promise.all(results)).map(stateOf)).toEqual(Array(3).fill('analysed'));
      expect(test.named('ended')).toMatchObject([
        { why: signal, because: expect.stringContaining(words) },
      ]);
      expect(test.engine.status().state).toBe('ok');
    },
  );

  it(
    'hangs: once it is known how long a run takes, that decides and not the maker’s limit',
    async () => {
      const limits = { timeoutMs: 3_600_000, peakMegabytes: 200 };
      const bundle = { ...shipped, manifest: { ...shipped.manifest, limits } };
      const test = new TestEngine();
      for (let at = 0; at < 4; at++) await test.analyse(`warm ${at}`, { bundle });
      test.kill('SIGSTOP');
      expect(await test.analyse('hung', { bundle })).toMatchObject({ state: 'analysed' });
      expect(test.named('repeated')).toEqual([
        { event: 'repeated', id: 'hung', failure: 'timeout' },
      ]);
      expect(test.named('ended')).toMatchObject([
        { because: expect.stringMatching(/^it did not answer within \d+ ms$/) },
      ]);
    },
    limit,
  );

  it(
    'answers with what is no number: the model is named at fault, and the next one runs',
    async () => {
      const test = new TestEngine();
      const bundle = copyBundle(join(test.folder, 'bundle'), 'model.onnx', poisonBiases);
      expect(stateOf(await test.analyse('bad', { bundle }))).toBe('model-fault');
      expect(stateOf(await test.analyse('again', { bundle }))).toBe('model-fault');
      expect(stateOf(await test.analyse('good'))).toBe('analysed');
      expect(test.named('faulty').map(({ id }) => id)).toEqual(['bad', 'again']);
      expect(test.named('refused'), 'asked to load it once').toHaveLength(1);
      expect(test.named('ended')).toEqual([]);
    },
    limit,
  );

  it(
    'grows too large: it is replaced between two runs, and nothing is lost',
    async () => {
      const test = new TestEngine({ memoryLimit: () => 1 });
      const results = [1, 2, 3].map((at) => test.analyse(`job ${at}`));
      expect((await Promise.all(results)).map(stateOf)).toEqual(Array(3).fill('analysed'));
      expect(test.named('recycled')[0]).toMatchObject({
        because: expect.stringMatching(/^it holds \d+ MiB of memory and may hold 0 MiB$/),
      });
      expect(test.named('ended')).toEqual([]);
      expect(test.named('repeated')).toEqual([]);
    },
    limit,
  );

  it(
    'is killed again and again under load: every job has one result, none is rejected',
    async () => {
      const [kills, jobs] = [8, 40];
      const test = new TestEngine();
      const victims = new Set<number>();
      const results = Array.from({ length: jobs }, async (_, at) => {
        const result = await test.analyse(`job ${at}`);
        // In the middle of whatever comes next.
        const { pid } = test.engine;
        if (victims.size < kills && pid !== undefined && !victims.has(pid)) {
          victims.add(pid);
          process.kill(pid, 'SIGKILL');
        }
        return result;
      });
      const states = (await Promise.all(results)).map(stateOf);
      expect(states).toHaveLength(jobs);
      for (const state of states) expect(['analysed', 'model-fault']).toContain(state);
      expect(test.done.toSorted()).toEqual(
        Array.from({ length: jobs }, (_, at) => `job ${at}`).toSorted(),
      );
      expect(test.named('ended').length).toBe(kills);
      expect(test.named('poisoned').length).toBe(
        states.filter((state) => state === 'model-fault').length,
      );
    },
    limit,
  );
});

describe('a bundle that ends every process that loads it', () => {
  it(
    'holds nothing up: every job is answered, and it is tried again',
    async () => {
      const test = new TestEngine({ served: [{ bundle: shipped, placement: onProcessor }] });
      let healed = false;
      test.onEvent = ({ event }) => {
        if (event === 'started' && !healed) queueMicrotask(() => test.kill('SIGKILL'));
      };
      test.kill('SIGKILL');
      const results = Array.from({ length: 12 }, (_, at) => test.analyse(`job ${at}`));
      for (const result of await Promise.all(results)) expect(stateOf(result)).toBe('model-fault');
      expect(test.engine.status().state).toBe('failing');
      healed = true;
      await vi.waitFor(() => expect(test.named('serving')).toHaveLength(1), 60_000);
      expect(stateOf(await test.analyse('after'))).toBe('analysed');
    },
    limit,
  );
});

describe('other bundles in the place of those that are served', () => {
  const served = (bundle = shipped) => [{ bundle, placement: onProcessor }];

  it(
    'come in a process of their own, and no job waits for them to load',
    async () => {
      const test = new TestEngine({ served: served() });
      await test.analyse('before');
      const pids = new Set([test.engine.pid]);
      for (let swap = 0; swap < 3; swap++) {
        const [refusal, result] = await Promise.all([
          test.engine.serve(served()),
          test.analyse(`during ${swap}`),
        ]);
        expect(refusal).toBeUndefined();
        expect(stateOf(result)).toBe('analysed');
        pids.add(test.engine.pid);
      }
      expect(pids.size).toBe(4);
      expect(test.named('ended')).toEqual([]);
      for (const pid of [...pids].slice(0, 3))
        await vi.waitFor(() => expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH'), 10_000);
    },
    limit,
  );

  it(
    'are refused where one does not pass its self-test; what served goes on serving',
    async () => {
      const test = new TestEngine({ served: served() });
      await test.analyse('before');
      const { pid } = test.engine;
      const bad = copyBundle(join(test.folder, 'bundle'), 'model.onnx', poisonBiases);
      expect(await test.engine.serve([...served(), ...served(bad)])).toContain('the logit of');
      expect(test.engine.pid).toBe(pid);
      expect(stateOf(await test.analyse('after'))).toBe('analysed');
    },
    limit,
  );

  it(
    'run on the processor where the accelerator fails that had taken them, and it says so',
    async () => {
      const gone = {
        ...onProcessor,
        runtime: 'ort-capi',
        library: '/nowhere/libonnxruntime.so',
        provider: 'tensorrt',
        engines: [],
      } as const;
      const acceleratorRefused = vi.fn<(bundle: unknown, why: string) => void>();
      const test = new TestEngine({
        served: [{ bundle: shipped, placement: gone }],
        acceleratorRefused,
      });
      expect(stateOf(await test.analyse('one'))).toBe('analysed');
      expect(test.engine.status().served).toMatchObject([
        { placement: { provider: 'cpu', because: expect.stringContaining('/nowhere/') } },
      ]);
      expect(acceleratorRefused).toHaveBeenCalledExactlyOnceWith(
        shipped,
        expect.stringContaining('REFUSED'),
      );
    },
    limit,
  );
});
