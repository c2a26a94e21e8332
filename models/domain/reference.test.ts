import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../phantom/random.ts';
import { type Features, thumbnailSide } from './features.ts';
import { turnedThumbnails } from './orientation.ts';
import { domainScores, fitReference, isOutside, populationScore } from './reference.ts';

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
  const reference = fitReference(fitted.slice(0, size), calibration, range, { falseStops });
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
    const reference = fitReference(fitted, calibration, range, { falseStops: 0.03 });
    const { orientation } = domainScores(reference, turned[0]!);
    expect(orientation).toBeGreaterThan(1);
    expect(stops(0.03, turned)).toBe(turned.length);
  });

  it('does not take the largest of few for the limit of all', () => {
    const others = drawMany('others', 500);
    const shares = Array.from({ length: 10 }, (_, at) => {
      const few = fitReference(fitted, calibration.slice(40 * at, 40 * at + 40), range, {
        falseStops: 0.02,
      });
      return others.filter((image) => isOutside(domainScores(few, image))).length / others.length;
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    // The largest of 40 alone lets 0.065 of them be stopped.
    expect(mean).toBeLessThan(0.04);
    expect(mean).toBeGreaterThan(0.002);
  });

  it('draws a line that a stated share of its kind exceeds, and nearly all of another', () => {
    const shares = { falseStops: 0.02, beyond: 0.1 };
    const drawn = fitReference(fitted, calibration, range, shares);
    const beyond = (images: Features[]) =>
      images.filter((image) => populationScore(drawn, image)! > 1).length / images.length;
    const own = beyond(drawMany('others', 2000));
    expect(own).toBeGreaterThan(0.06);
    expect(own).toBeLessThan(0.14);
    const others = drawMany('others', 500).map((image) => ({
      ...image,
      embedding: image.embedding.map((value, at) => (at === 0 ? value + 3 : value)),
    }));
    expect(beyond(others)).toBeGreaterThan(0.9);
  });

  it('knows no population where no line was asked for', () => {
    const without = fitReference(fitted, calibration, range, { falseStops: 0.02 });
    expect(populationScore(without, calibration[0]!)).toBeUndefined();
  });

  it('puts outside what is no number', () => {
    const reference = fitReference(fitted, calibration, range, { falseStops: 0.03 });
    const [image] = calibration;
    const broken = { ...image!, histogram: image!.histogram.map(() => NaN) };
    expect(isOutside(domainScores(reference, broken))).toBe(true);
  });

  it('does without embeddings where the network has none', () => {
    const without = (images: Features[]) =>
      images.map((image) => ({ ...image, embedding: new Float64Array(0) }));
    const reference = fitReference(without(fitted), without(calibration), range, {
      falseStops: 0.03,
    });
    const scores = domainScores(reference, without(calibration)[0]!);
    expect(scores.embedding).toBe(0);
    expect(Object.values(scores).every(Number.isFinite)).toBe(true);
  });
});
