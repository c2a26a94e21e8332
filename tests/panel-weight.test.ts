import { describe, expect, it } from 'vitest';
import { weigh, weighPanel } from './panel-weight.ts';

/** Bytes of what the browser has to get, compressed. */
const most = { firstScript: 20_000, allScripts: 60_000, allStyles: 10_000 };

describe('the weight of the panel', () => {
  it('is what a page needs first, and what there is in all, each file once', () => {
    const manifest = {
      'main.ts': { file: 'main.js', isEntry: true, imports: ['_shared.js'], css: ['main.css'] },
      '_shared.js': { file: 'shared.js', imports: ['_deep.js'] },
      '_deep.js': { file: 'deep.js', imports: ['_shared.js'] },
      'viewer.ts': { file: 'viewer.js', imports: ['_shared.js'], css: ['main.css', 'viewer.css'] },
    };
    const sizes: Record<string, number> = {
      'main.js': 1,
      'shared.js': 10,
      'deep.js': 100,
      'viewer.js': 1000,
      'main.css': 3,
      'viewer.css': 30,
    };
    expect(weigh(manifest, (file) => sizes[file]!)).toEqual({
      firstScript: 111,
      allScripts: 1111,
      allStyles: 33,
    });
  });

  it('keeps to what a page may cost', () => {
    const weight = weighPanel();
    for (const [what, limit] of Object.entries(most))
      expect(weight[what as keyof typeof weight], what).toBeLessThanOrEqual(limit);
  });
});
