import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import { disk } from '../../device/files.ts';
import type { Conclusion } from '../../models/outcome.ts';
import { renderPhantom } from '../../models/phantom/phantom.ts';
import { analyseUnits, type LoadedBundle, loadForUse } from '../../runtime/inference/analysis.ts';
import { concludeStudy } from '../../runtime/study/conclusion.ts';
import { shippedFolder } from './bundle-copy.ts';
import { type Picture, wrongPictures } from './wrong-pictures.ts';

/** Neither the model nor its reference has seen any of these. */
const firstSeed = 3_400_000;
const unchanged = 400;
const changed = 200;
const side = 144;
const top = 4095;

let loaded: LoadedBundle;
let pictures: Picture[];

beforeAll(async () => {
  loaded = await loadForUse(shippedFolder, disk);
  pictures = Array.from({ length: unchanged }, (_, at) => ({
    side,
    pixels: renderPhantom({ seed: firstSeed + at, size: side }).pixels,
  }));
}, 240_000);

afterAll(() => loaded.ensemble.release());

const { dataSet: frame, transferSyntaxUid } = makePhantomInstance({
  seed: firstSeed,
  size: side,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
});

/** A chest radiograph by its header, whatever it shows. */
function store(pixels: Float32Array): Uint8Array {
  const bytes = Buffer.from(frame);
  const start = bytes.length - 2 * pixels.length;
  for (const [at, pixel] of pixels.entries())
    bytes.writeUInt16LE(Math.round(pixel * top), start + 2 * at);
  return bytes;
}

/** What is concluded of each picture, a study of its own. */
async function conclude(all: Float32Array[]): Promise<Conclusion[]> {
  const units = all.map((pixels) => [{ bytes: store(pixels), transferSyntaxUid }]);
  const results = await analyseUnits(loaded, units);
  return results.map((result) =>
    concludeStudy(loaded.manifest, [{ sopInstanceUid: '1', seriesUid: '1', result }]),
  );
}

function countStopped(conclusions: Conclusion[]): number {
  return conclusions.filter(
    (one) => one.state === 'not-analysed' && one.reason === 'outside-validated-domain',
  ).length;
}

describe('the gate of the demonstration model', () => {
  it(`lets pass 95 % of ${unchanged} phantoms that it has not seen`, async () => {
    const conclusions = await conclude(pictures.map(({ pixels }) => pixels));
    const stopped = countStopped(conclusions);
    expect(stopped).toBeLessThanOrEqual(0.05 * unchanged);
    // The others do have an answer.
    expect(conclusions.filter(({ state }) => state !== 'not-analysed')).toHaveLength(
      unchanged - stopped,
    );
  }, 120_000);

  it.each(Object.entries(wrongPictures))(
    'stops 99 % where a picture is %s',
    async (_, spoil) => {
      const spoilt = pictures
        .slice(0, changed)
        .map((picture, at) => spoil(picture, firstSeed + at));
      expect(countStopped(await conclude(spoilt))).toBeGreaterThanOrEqual(0.99 * changed);
    },
    120_000,
  );
});
