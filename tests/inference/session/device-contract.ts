import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ScansideError } from '../../../device/errors.ts';
import { openOrtRuntime } from '../../../runtime/inference/session/ort-capi/ort-runtime.ts';
import { preflight } from '../../../runtime/inference/session/ort-capi/preflight.ts';
import type { Runtime, SessionSettings } from '../../../runtime/inference/session/session-port.ts';
import { settings } from './contract.ts';
import { foreign, late, makeImages, project } from './networks.ts';

/**
 * What only a machine with TensorRT can show, by a libonnxruntime that has it. Nothing of it has run where there is no
 * such machine.
 */
export interface DeviceCheck {
  name: string;
  /** `folder` is empty, and removed afterwards. */
  check(library: string, folder: string): Promise<void>;
}

const shapes = {
  trt_profile_min_shapes: 'image:1x1x16x16',
  trt_profile_opt_shapes: 'image:4x1x16x16',
  trt_profile_max_shapes: 'image:8x1x16x16',
};

function onTensorRt(options: Record<string, string>): SessionSettings {
  return { ...settings, provider: { name: 'tensorrt', options: { ...shapes, ...options } } };
}

async function withRuntime(
  library: string,
  use: (runtime: Runtime) => Promise<void>,
): Promise<void> {
  const runtime = openOrtRuntime(library);
  try {
    await use(runtime);
  } finally {
    await runtime.close();
  }
}

async function askLogits(runtime: Runtime, how: SessionSettings, seed: number) {
  const session = await runtime.open(late, how);
  const { logits } = await session.run({ image: makeImages(8, seed) }, ['logits']);
  await session.close();
  return logits!.values;
}

async function assertRefused(work: Promise<unknown>, why: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof ScansideError);
    assert.match(error.message, why);
    return true;
  });
}

function listTimes(folder: string): [string, number][] {
  return readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]);
}

const checks: readonly DeviceCheck[] = [
  {
    name: 'the library is proved with its provider',
    check: (library) => preflight({ library, provider: 'tensorrt' }),
  },
  {
    name: 'options are taken and read back, and one that is unknown is refused by name',
    check: (library) =>
      withRuntime(library, async (runtime) => {
        const session = await runtime.open(late, onTensorRt({ trt_fp16_enable: '1' }));
        await session.close();
        const unknown = onTensorRt({ trt_no_such_option: '1' });
        await assertRefused(runtime.open(late, unknown), /Unknown provider option.*trt_no_such/);
      }),
  },
  {
    name: 'an engine is written down, and the next start reads it instead of building it',
    check: (library, folder) =>
      withRuntime(library, async (runtime) => {
        const cached = onTensorRt({
          trt_engine_cache_enable: '1',
          trt_engine_cache_path: folder,
          trt_timing_cache_enable: '1',
        });
        const first = await askLogits(runtime, cached, 1);
        const written = listTimes(folder);
        assert.ok(written.some(([name]) => name.endsWith('.engine')));
        assert.deepEqual(await askLogits(runtime, cached, 1), first);
        const engines = ([name]: [string, number]) => name.endsWith('.engine');
        assert.deepEqual(listTimes(folder).filter(engines), written.filter(engines));
      }),
  },
  {
    name: 'a graph with one node that TensorRT does not take is refused, not run in part on the processor',
    check: (library) =>
      withRuntime(library, async (runtime) => {
        await (await runtime.open(foreign, settings)).close();
        await assertRefused(runtime.open(foreign, onTensorRt({})), /CPU|fallback/i);
      }),
  },
  {
    name: 'it answers like the processor, within 0.02 of the largest answer',
    check: (library) =>
      withRuntime(library, async (runtime) => {
        const answers = await askLogits(runtime, onTensorRt({}), 2);
        const wanted = project(makeImages(8, 2));
        const largest = Math.max(...wanted.map(Math.abs));
        for (const [at, value] of wanted.entries())
          assert.ok(Math.abs(value - answers[at]!) <= 0.02 * largest, `${answers[at]} at ${at}`);
      }),
  },
  {
    name: 'the library without the files of its provider is refused',
    async check(library, folder) {
      const alone = join(folder, 'alone');
      mkdirSync(alone);
      symlinkSync(library, join(alone, basename(library)));
      const use = { library: join(alone, basename(library)), provider: 'tensorrt' } as const;
      await assertRefused(preflight(use), /provider tensorrt is missing or refuses/);
    },
  },
];

/** Each with a folder of its own. */
export const deviceContract: readonly { name: string; check(library: string): Promise<void> }[] =
  checks.map(({ name, check }) => ({
    name,
    async check(library) {
      const folder = mkdtempSync(join(tmpdir(), 'scanside-device-'));
      try {
        await check(library, folder);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  }));
