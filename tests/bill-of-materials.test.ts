import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './peers/process.ts';

const root = join(import.meta.dirname, '..');

interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  hashes?: { alg: string; content: string }[];
  licenses?: unknown[];
}

const make = async () =>
  (await runProgram(process.execPath, [join(root, 'scripts', 'sbom.ts'), '-'])).output;

describe('the bill of materials', () => {
  let text: string;
  let components: Component[];

  beforeAll(async () => {
    text = await make();
    components = JSON.parse(text).components;
  });

  it('is the same every time, byte for byte', async () => {
    expect(await make()).toBe(text);
  });

  it('names every package that is shipped, with its version, hash and licence', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const shipped = Object.entries<{ dev?: boolean; version: string }>(lock.packages)
      .filter(([path, entry]) => path !== '' && !entry.dev)
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);
    const listed = components.filter(({ type }) => type === 'library');
    expect(new Set(listed.map((each) => each['bom-ref']))).toEqual(new Set(shipped));
    expect(listed.filter(({ hashes }) => !hashes?.length)).toEqual([]);
    expect(listed.filter(({ licenses }) => !licenses?.length)).toEqual([]);
  });

  it('names every model with the hash of its manifest', () => {
    const models = components.filter(({ type }) => type === 'machine-learning-model');
    expect(models.map(({ name }) => name)).toEqual(readdirSync(join(root, 'models', 'bundles')));
    for (const { hashes } of models) expect(hashes?.[0]?.content).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names no machine, no time and no registry', () => {
    expect(text).not.toMatch(/timestamp|https?:\/\/(?!cyclonedx\.org)/);
    expect(text).not.toContain(root);
  });
});
