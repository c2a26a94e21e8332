import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { loadBundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { type Engine, startEngine } from '../../runtime/inference/engine.ts';
import { shippedFolder } from './bundle-copy.ts';
import { encapsulatedSyntaxes, phantomVariant, type PhantomVariant } from './phantom-variants.ts';
import { bytes8, colour8, writeObject } from './pixel-object.ts';

const bundle = loadBundle(shippedFolder, disk);
const explicitVr = '1.2.840.10008.1.2.1';

let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-engine-'));
  engine = startEngine({ clock: systemClock });
});

afterAll(async () => {
  await engine.close();
  fs.rmSync(folder, { recursive: true });
});

function analyse(bytes: Uint8Array, transferSyntaxUid: string): Promise<InstanceResult> {
  const path = join(folder, transferSyntaxUid);
  fs.writeFileSync(path, bytes);
  const range = { path, offset: 0, length: bytes.length };
  return engine.analyse({ id: path, images: [{ ...range, transferSyntaxUid }], bundle });
}

const format: Omit<PhantomVariant, 'transferSyntaxUid'> = {
  photometric: 'MONOCHROME1',
  bits: 8,
  signed: false,
  modality: 'identity',
};

const request = {
  seed: 5,
  size: 256,
  findings: ['pleural-effusion' as const],
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
};

async function probabilities(transferSyntaxUid: string): Promise<number[]> {
  const { bytes } = await phantomVariant(request, { ...format, transferSyntaxUid });
  const result = await analyse(bytes, transferSyntaxUid);
  if (result.state !== 'analysed') throw new Error(result.detail);
  return result.scores.map(({ probability }) => probability);
}

describe('the engine', () => {
  it('says the same of a picture in every transfer syntax', async () => {
    const native = await probabilities(explicitVr);
    for (const uid of encapsulatedSyntaxes) {
      const differences = (await probabilities(uid)).map((value, k) =>
        Math.abs(value - native[k]!),
      );
      expect(Math.max(...differences), uid).toBeLessThan(0.02);
    }
  }, 120_000);

  it('does not analyse colour where the model’s steps do not take it', async () => {
    const pixels = { Rows: 1, Columns: 2, PixelData: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(await analyse(writeObject({ ...colour8, ...pixels }), explicitVr)).toEqual({
      state: 'not-analysed',
      reason: 'unreadable',
      detail: expect.stringContaining('the model does not take images in colour'),
    });
  });

  it('looks at every frame of several, and says which one it cannot judge', async () => {
    const frames = { NumberOfFrames: '2', PixelData: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(await analyse(writeObject({ ...bytes8, ...frames }), explicitVr)).toMatchObject({
      reason: 'outside-validated-domain',
      detail: expect.stringContaining('frame 1 of 2'),
    });
  });
});
