import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../device/clock.ts';
import { disk } from '../../../device/files.ts';
import { keyLength, keysOf } from '../../../device/keys.ts';
import { loadBundle } from '../../../models/bundle.ts';
import { loadForUse } from '../../../runtime/inference/analysis.ts';
import { onProcessor, type Placement } from '../../../runtime/inference/session/placement.ts';
import type { Probe } from '../../../runtime/inference/tensorrt/accelerator.ts';
import { hostOf } from '../../../runtime/inference/tensorrt/host.ts';
import {
  openStaging,
  type Staging,
  type StagingEvent,
  type StagingOptions,
} from '../../../runtime/inference/tensorrt/staging.ts';
import { bundleFolder } from './bundles.ts';
import {
  accelerator,
  openSimulatedTensorrt,
  orin,
  simulatedProgram,
  type SimulatedMachine,
  writeMachine,
} from './simulated-tensorrt.ts';

const bundle = loadBundle(bundleFolder('chest-demo'), disk);
const child = loadBundle(bundleFolder('chest-child'), disk);

/** A device, whose accelerator, keys and programs may be others at the next start. */
class Device {
  readonly folder = join(mkdtempSync(join(tmpdir(), 'scanside-')), 'accelerator');
  readonly events: StagingEvent[] = [];
  keys = keysOf(randomBytes(keyLength));

  async start(machine = orin, change: Partial<StagingOptions> = {}): Promise<Staging> {
    disk.makeFolder(this.folder);
    return openStaging({
      folder: this.folder,
      keys: this.keys,
      files: disk,
      clock: systemClock,
      probe: probeOf(machine),
      library: writeMachine(join(this.folder, '..'), machine),
      processor: onProcessor,
      workspaceMegabytes: 64,
      log: (event) => this.events.push(event),
      program: simulatedProgram('compiler-process'),
      ...change,
    });
  }

  names(): string[] {
    return this.events.map(({ event }) => event).filter((name) => name !== 'build-progress');
  }

  engines(): string[] {
    return disk
      .list(join(this.folder, 'engines'))
      .map((name) => join(this.folder, 'engines', name));
  }
}

/** A device on which the bundle has been built: of a first start, with the processes that it takes. */
const built = new Device();

beforeAll(async () => {
  await (await built.start()).stage(bundle);
});

/** A device with the same keys and the same compiled graphs. */
function copyBuilt(): Device {
  const device = new Device();
  device.keys = built.keys;
  cpSync(built.folder, device.folder, { recursive: true });
  return device;
}

function probeOf(machine: SimulatedMachine): Probe {
  return { provider: 'tensorrt', accelerator: accelerator(machine), because: 'it was tried' };
}

const onTensorrt = { provider: 'tensorrt', engines: [{ length: expect.any(Number) }] };

/** Opens the networks where they are placed, as the engine process does, and passes the golden cases. */
async function serve(placement: Placement): Promise<void> {
  const host = hostOf(placement, openSimulatedTensorrt(orin), disk);
  const loaded = await loadForUse(bundle.folder, disk, host);
  await loaded.ensemble.release();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(5);
}

function change(path: string): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
  writeFileSync(path, bytes);
}

it('serves on the processor until the compiled graph is there, then on TensorRT', async () => {
  const device = new Device();
  const staging = await device.start();
  expect(staging.placementOf(bundle)).toMatchObject({
    runtime: 'onnxruntime-node',
    provider: 'cpu',
    because: expect.stringContaining('not compiled for TensorRT yet'),
  });
  const staged = staging.stage(bundle);
  await until(() => staging.placementOf(bundle).because.includes('being compiled'));
  expect(await staged).toMatchObject({ ...onTensorrt, runtime: 'ort-capi' });
  expect(device.names()).toEqual(['build-started', 'engine-ready']);
  await serve(staging.placementOf(bundle));
  expect(disk.list(device.folder)).toEqual(['engines']);
});

it('builds nothing where TensorRT does not work, and says why', async () => {
  const device = new Device();
  const staging = await device.start(orin, { probe: { provider: 'cpu', because: 'no such GPU' } });
  expect(await staging.stage(bundle)).toEqual({ ...onProcessor, because: 'no such GPU' });
  staging.sweep([]);
  expect(device.names()).toEqual([]);
});

it('builds once, also over a restart', async () => {
  expect(built.names()).toEqual(['build-started', 'engine-ready']);
  const device = copyBuilt();
  const staging = await device.start();
  expect(staging.placementOf(bundle)).toMatchObject(onTensorrt);
  await Promise.all([staging.stage(bundle), staging.stage(bundle)]);
  expect(device.names()).toEqual([]);
});

it('builds anew after another JetPack, the processor serving, and sweeps what was', async () => {
  const device = copyBuilt();
  const old = device.engines();
  const updated = { ...orin, tensorrt: '10.16.1', cuda: '13.2' };
  const staging = await device.start(updated);
  expect(staging.placementOf(bundle)).toMatchObject({ provider: 'cpu' });
  expect(await staging.stage(bundle)).toMatchObject(onTensorrt);
  staging.sweep([bundle]);
  expect(device.engines()).toHaveLength(old.length);
  expect(device.engines().filter((path) => old.includes(path))).toEqual([]);
});

it.each<[string, (device: Device) => void]>([
  ['poisoned', (device) => device.engines().forEach(change)],
  [
    'cut off',
    (device) =>
      device.engines().forEach((path) => writeFileSync(path, readFileSync(path).subarray(0, 700))),
  ],
  [
    'another device’s',
    (device) => {
      device.keys = keysOf(randomBytes(keyLength));
    },
  ],
])('refuses a compiled graph that is %s by name, and builds it anew', async (_, spoil) => {
  const device = copyBuilt();
  spoil(device);
  const staging = await device.start();
  expect(staging.placementOf(bundle)).toMatchObject({
    provider: 'cpu',
    because: expect.stringMatching(/ENGINE_CACHE_REFUSED: .*[0-9a-f]{64}\.engine/),
  });
  expect(await staging.stage(bundle)).toMatchObject(onTensorrt);
  expect(device.names()).toEqual(['engine-refused', 'build-started', 'engine-ready']);
  await serve(staging.placementOf(bundle));
});

it('opens nothing that was exchanged after it was placed', async () => {
  const device = copyBuilt();
  const placement = (await device.start()).placementOf(bundle);
  device.engines().forEach(change);
  await expect(serve(placement)).rejects.toThrow('ENGINE_CACHE_REFUSED');
});

it('leaves a bundle on the processor that cannot be compiled, says why, and does not try again', async () => {
  const device = new Device();
  const staging = await device.start({ ...orin, fault: 'wrong answers' });
  const placement = { provider: 'cpu', because: expect.stringContaining('golden-answer') };
  expect(await staging.stage(bundle)).toMatchObject(placement);
  expect(await staging.stage(bundle)).toMatchObject(placement);
  expect(device.names()).toEqual(['build-started', 'build-failed']);
  expect(device.engines()).toEqual([]);
});

it('builds once more what the engine could not use, and then gives up', async () => {
  const device = copyBuilt();
  const staging = await device.start();
  staging.reject(bundle, 'it does not open');
  expect(device.engines().filter((path) => readFileSync(path).length > 5000)).toEqual([]);
  expect(await staging.stage(bundle)).toMatchObject(onTensorrt);
  staging.reject(bundle, 'it does not open');
  expect(await staging.stage(bundle)).toMatchObject({
    provider: 'cpu',
    because: expect.stringContaining('it does not open'),
  });
});

it('begins nothing while it is paused, and goes on when it is resumed', async () => {
  const device = new Device();
  const staging = await device.start();
  staging.pause('47 images wait');
  const staged = staging.stage(bundle);
  staging.pause('47 images wait');
  expect(device.events).toEqual([{ event: 'build-paused', because: '47 images wait' }]);
  staging.resume();
  staging.resume();
  expect(await staged).toMatchObject(onTensorrt);
  expect(device.names()).toEqual([
    'build-paused',
    'build-resumed',
    'build-started',
    'engine-ready',
  ]);
});

it('ends what is being built when it is closed, also while it stands still', async () => {
  const device = new Device();
  const staging = await device.start({ ...orin, buildMs: 600_000 });
  const staged = [staging.stage(bundle), staging.stage(child)];
  await until(() => device.events.some(({ event }) => event === 'build-progress'));
  staging.pause('heat');
  await staging.close();
  expect((await Promise.all(staged)).map(({ provider }) => provider)).toEqual(['cpu', 'cpu']);
  expect(device.names()).toEqual(['build-started', 'build-paused', 'build-failed']);
});

it('ends a compiler process that an earlier run left behind', async () => {
  const device = new Device();
  disk.makeFolder(device.folder);
  const orphan = spawn('sleep', ['600'], { argv0: 'compiler-process' });
  const gone = once(orphan, 'exit');
  writeFileSync(join(device.folder, 'compiler.pid'), String(orphan.pid));
  orphan.kill('SIGSTOP');
  await device.start();
  expect(await gone).toEqual([null, 'SIGKILL']);
});

it('believes timings of earlier builds only when they are its own', async () => {
  const device = copyBuilt();
  const before = device.engines();
  expect(before).toHaveLength(2);
  before.forEach(change);
  const staging = await device.start();
  expect(await staging.stage(child)).toMatchObject({ provider: 'tensorrt' });
  staging.sweep([child]);
  // Two members, and the timings, kept anew under the name that they had.
  expect(device.engines()).toHaveLength(3);
  expect(device.engines().filter((path) => before.includes(path))).toHaveLength(1);
});
