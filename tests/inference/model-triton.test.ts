import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tritonCommand } from '../../cli/model-triton.ts';
import { temporaryFolder } from '../peers/process.ts';
import { bundleFolder } from './kserve-cases.ts';

describe('scanside model triton', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let said: string[];

  const run = (...args: string[]): Promise<number> => {
    const say = (text: string) => void said.push(text);
    return tritonCommand.run(args, { out: say, error: say });
  };
  const layOut = (...more: string[]): Promise<number> =>
    run('--bundle', bundleFolder, '--out', folder.path, ...more);

  beforeEach(() => {
    folder = temporaryFolder();
    said = [];
  });

  afterEach(() => folder.remove());

  it.each([
    ['cpu', 'KIND_CPU', 'int8.cpu'],
    ['tensorrt', 'KIND_GPU', 'int8.trt'],
  ])('lays out the graphs that run on %s', async (provider, kind, graph) => {
    expect(await layOut('--provider', provider, '--instances', '3')).toBe(0);
    expect(said).toEqual(['chest-child.1.0.0.1', 'chest-child.1.0.0.2']);
    expect(readdirSync(folder.path).sort()).toEqual(said);
    for (const [at, name] of said.entries()) {
      const model = join(folder.path, name, '1', 'model.onnx');
      const source = join(bundleFolder, `member-${at + 1}.${graph}.onnx`);
      expect(readFileSync(model).equals(readFileSync(source))).toBe(true);
      const config = readFileSync(join(folder.path, name, 'config.pbtxt'), 'utf8');
      expect(config).toContain(`count: 3 kind: ${kind}`);
    }
  });

  it('overwrites nothing', async () => {
    await layOut();
    expect(await layOut()).toBe(1);
    expect(said.at(-1)).toContain('is there already');
  });

  it.each([
    [['--bundle', bundleFolder]],
    [['--out', 'x']],
    [['--bundle', bundleFolder, '--out', 'x', '--provider', 'cuda']],
    [['--bundle', bundleFolder, '--out', 'x', '--instances', '0']],
  ])('does not take %j', async (args) => {
    expect(await run(...args)).toBe(2);
  });
});
