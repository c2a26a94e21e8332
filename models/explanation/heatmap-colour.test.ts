import { describe, expect, it } from 'vitest';
import { blank, type Colour } from './canvas.ts';
import { heatColours, tint } from './heatmap-colour.ts';

type Triple = [number, number, number];

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** OKLab by its author's matrices: lightness, green to red, blue to yellow. */
function okLab(colour: Colour): Triple {
  const [red, green, blue] = colour.map(linear) as Triple;
  const [long, medium, short] = [
    0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue,
    0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue,
    0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue,
  ].map(Math.cbrt) as Triple;
  return [
    0.210_454_255_3 * long + 0.793_617_785 * medium - 0.004_072_046_8 * short,
    1.977_998_495_1 * long - 2.428_592_205 * medium + 0.450_593_709_9 * short,
    0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766 * short,
  ];
}

const labs = heatColours.map(okLab);
const pairs = labs.slice(1).map((lab, at): [Triple, Triple] => [labs[at]!, lab]);

describe('the colours of a heatmap', () => {
  it('lie at even steps to the eye', () => {
    const steps = pairs.map(([a, b]) => Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]));
    expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(1.1);
  });

  it('are the lighter the stronger, by even steps too', () => {
    const steps = pairs.map(([a, b]) => b[0] - a[0]);
    expect(Math.min(...steps)).toBeGreaterThan(0.055);
    expect(Math.max(...steps)).toBeLessThan(0.07);
  });

  it('leave what does not speak for the finding as it is, and let the image through at the strongest', () => {
    const picture = blank(1, 3, [100, 100, 100]);
    for (const [column, strength] of [-1, 0, 1].entries())
      tint(picture, { row: 0, column }, strength);
    expect([...picture.bytes]).toEqual([100, 100, 100, 100, 100, 100, 188, 180, 81]);
  });
});
