import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import { disk } from '../../device/files.ts';
import {
  explicitVrBigEndian,
  explicitVrLittleEndian,
  implicitVrLittleEndian,
} from '../../runtime/dicom/transfer-syntax.ts';
import {
  analyseUnit,
  analyseUnits,
  type LoadedBundle,
  loadForUse,
} from '../../runtime/inference/analysis.ts';
import { ResultCache } from '../../runtime/inference/result-cache.ts';
import { shippedFolder } from './bundle-copy.ts';
import { phantomVariant, type PhantomVariant } from './phantom-variants.ts';

let shipped: LoadedBundle;
let loaded: LoadedBundle;
/** Inputs that the networks were given. */
let inputs: number;

beforeAll(async () => {
  shipped = await loadForUse(shippedFolder, disk);
});

beforeEach(() => {
  inputs = 0;
  loaded = {
    ...shipped,
    cache: new ResultCache(),
    ensemble: {
      ...shipped.ensemble,
      run(values) {
        inputs += values.length;
        return shipped.ensemble.run(values);
      },
    },
  };
});

const request = {
  seed: 41,
  size: 160,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
};
const variant: PhantomVariant = {
  photometric: 'MONOCHROME2',
  bits: 12,
  signed: false,
  modality: 'identity',
  transferSyntaxUid: explicitVrLittleEndian,
};

function image(change: Partial<typeof request & { instanceNumber: number }> = {}) {
  const { dataSet, transferSyntaxUid } = makePhantomInstance({ ...request, ...change });
  return { bytes: dataSet, transferSyntaxUid };
}

describe('an image that is sent again', () => {
  it('under another UID has the identical result, and no network runs', async () => {
    const first = await analyseUnit(loaded, [image()]);
    expect(first.state).toBe('analysed');
    expect(inputs).toBe(1);
    const again = await analyseUnit(loaded, [
      image({ studyInstanceUid: '2.25.2', instanceNumber: 7 }),
    ]);
    expect(again).toBe(first);
    expect(inputs).toBe(1);
  });

  it.each([implicitVrLittleEndian, explicitVrBigEndian, '1.2.840.10008.1.2.4.70'])(
    'in the transfer syntax %s is still the same',
    async (transferSyntaxUid) => {
      const first = await analyseUnit(loaded, [await phantomVariant(request, variant)]);
      const stored = await phantomVariant(request, { ...variant, transferSyntaxUid });
      expect(await analyseUnit(loaded, [stored])).toBe(first);
      expect(inputs).toBe(1);
    },
  );

  it('stored turned over, and said to be so, is the same picture', async () => {
    const first = await analyseUnit(loaded, [await phantomVariant(request, variant)]);
    const turned = { ...variant, photometric: 'MONOCHROME1' } as const;
    expect(await analyseUnit(loaded, [await phantomVariant(request, turned)])).toBe(first);
    expect(inputs).toBe(1);
  });

  it('with the same pixels that are said to mean the opposite is another one', async () => {
    const { bytes, transferSyntaxUid } = await phantomVariant(request, variant);
    const turned = Buffer.from(bytes);
    turned.write('MONOCHROME1', turned.indexOf('MONOCHROME2'));
    await analyseUnit(loaded, [{ bytes, transferSyntaxUid }]);
    await analyseUnit(loaded, [{ bytes: turned, transferSyntaxUid }]);
    expect(inputs).toBe(2);
  });

  it('among others is the only one that does not run', async () => {
    const first = await analyseUnit(loaded, [image()]);
    const [known, fresh] = await analyseUnits(loaded, [[image()], [image({ seed: 42 })]]);
    expect(known).toBe(first);
    expect(fresh).not.toEqual(first);
    expect(inputs).toBe(2);
  });

  it('to another bundle runs there', async () => {
    await analyseUnit(loaded, [image()]);
    const other = { ...loaded, bundle: { ...loaded.bundle, hash: '0'.repeat(64) } };
    await analyseUnit(other, [image()]);
    expect(inputs).toBe(2);
  });
});

describe('a model that has failed', () => {
  it('is asked again, and what it says then is kept', async () => {
    const { run } = loaded.ensemble;
    let failures = 1;
    const flaky: LoadedBundle = {
      ...loaded,
      ensemble: {
        ...loaded.ensemble,
        async run(values) {
          const outputs = await run(values);
          return failures-- > 0 ? outputs.map((output) => ({ ...output, logits: [] })) : outputs;
        },
      },
    };
    expect(await analyseUnit(flaky, [image()])).toMatchObject({ reason: 'model-fault' });
    expect(await analyseUnit(flaky, [image()])).toMatchObject({ state: 'analysed' });
    expect(await analyseUnit(flaky, [image()])).toMatchObject({ state: 'analysed' });
    expect(inputs).toBe(2);
  });
});
