import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { shippedFolder } from './bundle-copy.ts';

const root = join(import.meta.dirname, '..', '..');

it.each([['onnxruntime-node'], ['ort-capi']])(
  'nothing that a model does is written down for the maker of %s',
  (runtime) => {
    const home = fs.mkdtempSync(join(tmpdir(), 'scanside-home-'));
    onTestFinished(() => fs.rmSync(home, { recursive: true }));
    const program = `
    import { disk } from '${root}/device/files.ts';
    import { loadForUse } from '${root}/runtime/inference/analysis.ts';
    import { onProcessor } from '${root}/runtime/inference/session/placement.ts';
    import { openRuntime } from '${root}/runtime/inference/session/runtimes.ts';
    const runtime = await openRuntime({ ...onProcessor, runtime: '${runtime}' });
    const host = { runtime, threads: 1, provider: () => ({ name: 'cpu' }) };
    await loadForUse('${shippedFolder}', disk, host);`;
    const { ORT_DISABLE_TELEMETRY: _, ...rest } = process.env;
    const env = { ...rest, HOME: home, TMPDIR: home, XDG_CACHE_HOME: home };
    const done = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env });
    expect(done.stderr.toString()).toBe('');
    expect(done.status).toBe(0);
    expect(fs.readdirSync(home)).toEqual([]);
  },
);
