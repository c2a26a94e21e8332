import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../../device/clock.ts';
import { disk } from '../../../device/files.ts';
import { ManualClock } from '../../../device/manual-clock.ts';
import { packagedLibrary } from '../../../runtime/inference/session/ort-capi/ort-runtime.ts';
import { probeAccelerator, type ProbeOptions } from '../../../runtime/inference/tensorrt/probe.ts';
import {
  orin,
  simulatedProgram,
  type SimulatedMachine,
  writeMachine,
} from './simulated-tensorrt.ts';

const makeFolder = () => mkdtempSync(join(tmpdir(), 'scanside-'));

function probe(folder: string, library: string, change: Partial<ProbeOptions> = {}) {
  const program = simulatedProgram('probe-process');
  const options = { folder: join(folder, 'state'), library, clock: systemClock, files: disk };
  return probeAccelerator({ ...options, program, ...change });
}

const works = {
  provider: 'tensorrt',
  accelerator: { tensorrt: '10.3.0', cuda: '12.6', computeCapability: '8.7' },
  because: expect.stringContaining('TensorRT 10.3.0 compiled and answered the trial network'),
};

it('finds TensorRT by using it, and remembers that for this boot and these libraries', async () => {
  const folder = makeFolder();
  const library = writeMachine(folder, orin);
  expect(await probe(folder, library)).toMatchObject(works);
  expect(disk.list(join(folder, 'state'))).toEqual(['probe.json']);
  expect(await probe(folder, library, { program: '/nowhere.ts' })).toMatchObject(works);
  writeMachine(folder, { ...orin, tensorrt: '10.16.1' });
  expect(await probe(folder, library)).toMatchObject({
    provider: 'tensorrt',
    accelerator: { tensorrt: '10.16.1' },
  });
});

it('asks again where what it remembers is damaged', async () => {
  const folder = makeFolder();
  const library = writeMachine(folder, orin);
  await probe(folder, library);
  writeFileSync(join(folder, 'state', 'probe.json'), '{"of":');
  expect(await probe(folder, library)).toMatchObject(works);
});

it.each<[string, SimulatedMachine, RegExp]>([
  ['crashes', { ...orin, fault: 'crash' }, /the process ended \(SIGSEGV\)/],
  [
    'answers wrong',
    { ...orin, fault: 'wrong answers' },
    /MODEL_FAULT: .*the trial network answered/,
  ],
  [
    'is too old',
    { ...orin, tensorrt: '8.6.1' },
    /TensorRT 8.6.1 is none of the versions 10 and 11/,
  ],
])(
  'leaves the processor to serve where TensorRT %s, and tries again next time',
  async (_, machine, why) => {
    const folder = makeFolder();
    const library = writeMachine(folder, machine);
    const found = await probe(folder, library);
    expect(found).toEqual({ provider: 'cpu', because: expect.stringMatching(why) });
    writeMachine(folder, orin);
    expect(await probe(folder, library)).toMatchObject(works);
  },
);

it('does not wait for ever', async () => {
  const folder = makeFolder();
  const library = writeMachine(folder, { ...orin, buildMs: 600_000 });
  const clock = new ManualClock();
  const found = probe(folder, library, { clock });
  clock.advance(120_000);
  expect(await found).toEqual({
    provider: 'cpu',
    because: expect.stringContaining('no answer within 120 s'),
  });
});

it.each([
  [
    'the library that comes for processors',
    packagedLibrary(),
    'libonnxruntime_providers_tensorrt.so is missing',
  ],
  [
    'a library that is not there',
    '/nowhere/libonnxruntime.so.1',
    '/nowhere/libonnxruntime.so.1: it cannot be loaded',
  ],
])('names what is missing, of %s', async (_, library, why) => {
  // Not simulated: the process of the product.
  expect(await probe(makeFolder(), library, { program: undefined })).toEqual({
    provider: 'cpu',
    because: expect.stringContaining(why),
  });
});
