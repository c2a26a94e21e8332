import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../phantom/random.ts';
import { type Features, thumbnailSide } from './features.ts';
import { turnedThumbnails } from './orientation.ts';
import { domainScores, fitReference, isOutside } from './reference.ts';

/** Small features of the intended kind: everything in them goes up and down with one number. */
function draw(random: Random): Features {
  const common = random.normal();
  const around = (length: number) =>
    Float64Array.from({ length }, () => common + 0.2 * random.normal());
  // Darker below than above, and darker to the right: it can only stand one way.
  const slope = (at: number) => Math.floor(at / thumbnailSide) + (at % thumbnailSide) / 2;
  const thumbnail = around(thumbnailSide ** 2).map((value, at) => value + 0.05 * slope(at));
  return { thumbnail, histogram: around(4), embedding: around(3) };
}

function drawMany(stream: string, count: number): Features[] {
  const random = seededRandom(7, stream);
  return Array.from({ length: count }, () => draw(random));
}

const range = { low: 0, high: 1 };
const fitted = drawMany('fitted', 400);
const calibration = drawMany('calibration', 400);

const stops = (falseStops: number, images: Features[], size = fitted.length) => {
  const reference = fitReference(fitted.slice(0, size), calibration, range, falseStops);
  return images.filter((image) => isOutside(domainScores(reference, image))).length;
};

describe('a reference', () => {
  it.each([[0.01], [0.03], [0.1]])('stops not more than %d of its calibration', (falseStops) => {
    const stopped = stops(falseStops, calibration);
    expect(stopped).toBeLessThanOrEqual(falseStops * calibration.length);
    expect(stopped).toBeGreaterThan(0);
  });

  it('stops about as many of others of the kind', () => {
    const stopped = stops(0.05, drawMany('others', 1000));
    expect(stopped).toBeGreaterThan(15);
    expect(stopped).toBeLessThan(90);
  });

  it('keeps its promise where it has seen few cases', () => {
    expect(stops(0.03, calibration, 20)).toBeLessThanOrEqual(0.03 * calibration.length);
  });

  it.each(['thumbnail', 'histogram', 'embedding'] as const)('sees an odd %s alone', (name) => {
    const odd = calibration.slice(0, 50).map((image) => ({
      ...image,
      [name]: image[name].map((value, at) => (at % 2 ? value : -value)),
    }));
    const strange = odd.filter((image) => Math.abs(image[name][0]!) > 1);
    expect(strange.length).toBeGreaterThan(10);
    expect(stops(0.03, strange)).toBe(strange.length);
  });

  it('sees that a picture lies on its side or upside down', () => {
    const turned = calibration
      .slice(0, 50)
      .flatMap((image) =>
        turnedThumbnails(image.thumbnail).map((thumbnail) => ({ ...image, thumbnail })),
      );
    const reference = fitReference(fitted, calibration, range, 0.03);
    const { orientation } = domainScores(reference, turned[0]!);
    expect(orientation).toBeGreaterThan(1);
    expect(stops(0.03, turned)).toBe(turned.length);
  });

  it('puts outside what is no number', () => {
    const reference = fitReference(fitted, calibration, range, 0.03);
    const [image] = calibration;
    const broken = { ...image!, histogram: image!.histogram.map(() => NaN) };
    expect(isOutside(domainScores(reference, broken))).toBe(true);
  });

  it('does without embeddings where the network has none', () => {
    const without = (images: Features[]) =>
      images.map((image) => ({ ...image, embedding: new Float64Array(0) }));
    const reference = fitReference(without(fitted), without(calibration), range, 0.03);
    const scores = domainScores(reference, without(calibration)[0]!);
    expect(scores.embedding).toBe(0);
    expect(Object.values(scores).every(Number.isFinite)).toBe(true);
  });
});
