import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';
import { expect, it } from 'vitest';
import { describeWithShared } from '../../../../tests/outside.ts';
import { stackBytes } from './native-library.ts';
import { versionRefusal } from './ort-library.ts';
import { apiVersion, type OrtRow, ortTable } from './ort-table.ts';

const rows: [string, OrtRow][] = Object.entries(ortTable);

/** The last function of each version, as the static assertions of onnxruntime_c_api.cc pin it. */
const lastOfVersion: Readonly<Record<number, string>> = {
  101: 'ReleaseCustomOpDomain',
  118: 'ReleaseModelMetadata',
  124: 'AddFreeDimensionOverrideByName',
  126: 'ReleaseAvailableProviders',
  149: 'SetGlobalSpinControl',
  157: 'ReleaseArenaCfg',
  161: 'GetCurrentGpuDeviceId',
  169: 'CreateSessionFromArrayWithPrepackedWeightsContainer',
  191: 'GetSparseTensorIndices',
  203: 'SynchronizeBoundOutputs',
  209: 'SessionOptionsAppendExecutionProvider_MIGraphX',
  218: 'ReleaseKernelInfo',
  224: 'ReleaseCANNProviderOptions',
  238: 'GetSessionConfigEntry',
  254: 'GetBuildInfoString',
  265: 'KernelContext_GetResource',
  275: 'SessionOptionsAppendExecutionProvider_OpenVINO_V2',
  279: 'AddExternalInitializersFromMemory',
  284: 'SetEpDynamicOptions',
  317: 'GetEpApi',
};

/** The last place of API version 22. */
const lastPlace = 317;

it('agrees with the places that ONNX Runtime’s own assertions pin, and uses none beyond its version', () => {
  const pinned = rows.filter(([name, [place]]) => lastOfVersion[place] ?? isPinned(name));
  expect(pinned.map(([name, [place]]) => [place, name])).toEqual([
    [118, 'ReleaseModelMetadata'],
    [238, 'GetSessionConfigEntry'],
    [254, 'GetBuildInfoString'],
  ]);
  for (const [name, [place]] of pinned) expect(lastOfVersion[place]).toBe(name);
  expect(Math.max(...rows.map(([, [place]]) => place))).toBeLessThanOrEqual(lastPlace);
  expect(new Set(rows.map(([, [place]]) => place)).size).toBe(rows.length);
});

function isPinned(name: string): boolean {
  return Object.values(lastOfVersion).includes(name);
}

describeWithShared('the table', (shared) => {
  const path = join(shared, 'design', 'ort-api-order.json');

  it('agrees with the order of the header, name by name', () => {
    const order = JSON.parse(readFileSync(path, 'utf8')) as string[];
    expect(rows.map(([name]) => name)).toEqual(rows.map(([, [place]]) => order[place]));
    for (const [place, name] of Object.entries(lastOfVersion))
      expect(order[Number(place)]).toBe(name);
  });
});

it('gives back a status from everything that can fail, and takes at most eight arguments', () => {
  for (const [name, [, returns, takes]] of rows) {
    if (name.startsWith('Release')) expect([name, returns]).toEqual([name, 'void']);
    // The eighth is the last that a 64-bit Arm passes in a register.
    expect(takes.length).toBeLessThanOrEqual(8);
  }
});

it.each([
  [`1.${apiVersion}.0`, undefined],
  ['1.30.0', undefined],
  ['1.100.1', undefined],
  ['1.21.9', 'too old'],
  ['1.9.0', 'too old'],
  ['0.99.0', 'too old'],
  ['2.0.0', 'newer than 1.x'],
  ['', 'says that its version is'],
  ['one', 'says that its version is'],
])('the version %s is accepted or refused by name', (version, why) => {
  const refusal = versionRefusal(version);
  if (why === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toContain(why);
});

it('native code has sixteen mebibytes of stack, on the thread and beside it', () => {
  expect(stackBytes).toBe(16 * 1024 * 1024);
  expect(koffi.config()).toMatchObject({
    sync_stack_size: stackBytes,
    async_stack_size: stackBytes,
  });
});
