import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { disk } from '../../../device/files.ts';
import { ManualClock } from '../../../device/manual-clock.ts';
import { onProcessor } from '../../../runtime/inference/session/placement.ts';
import { packagedLibrary } from '../../../runtime/inference/session/ort-capi/ort-runtime.ts';
import {
  preflight,
  type PreflightSettings,
} from '../../../runtime/inference/session/ort-capi/preflight.ts';
import { openRuntime } from '../../../runtime/inference/session/runtimes.ts';
import { readMapped } from './mapped-libraries.ts';

const library = packagedLibrary();
const use = { library, provider: 'cpu' } as const;
const shiftedProof = join(import.meta.dirname, 'shifted-proof.ts');

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-preflight-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
});

/** A program that does something else than to prove. */
function makeProgram(text: string): string {
  const path = join(folder, 'program.mjs');
  fs.writeFileSync(path, text);
  return path;
}

function refused(work: Promise<unknown>, why: RegExp): Promise<void> {
  return expect(work).rejects.toMatchObject({
    code: 'ENGINE_LIBRARY_REFUSED',
    message: expect.stringMatching(why),
  });
}

describe('a library', () => {
  it('that is the one is accepted, and this process has not loaded it for that', async () => {
    await preflight(use);
    expect(readMapped()).not.toContain(fs.realpathSync(library));
  });

  it.each([
    ['of something else', 'libm.so.6', /it is not ONNX Runtime: it has no OrtGetApiBase/],
    ['that is none', join(import.meta.dirname, 'contract.ts'), /it cannot be loaded/],
    ['that is not there', '/nowhere/libonnxruntime.so.1', /it cannot be loaded/],
  ])('%s is refused by name', async (_, wrong, why) => {
    const path = wrong.includes('/') ? wrong : readMapped().find((each) => each.endsWith(wrong))!;
    await refused(preflight({ ...use, library: path }), why);
  });

  it('that is named by no whole path is refused: it could be another one tomorrow', async () => {
    await refused(preflight({ ...use, library: 'libonnxruntime.so.1' }), /not absolute/);
  });

  it('without the provider that is asked for is refused', async () => {
    const why = /provider tensorrt is missing or refuses: .*(load|enabled)/;
    await refused(preflight({ ...use, provider: 'tensorrt' }), why);
  });

  it.each([-2, -1, 1, 2, 10])('is refused with a table that is wrong by %i', async (shift) => {
    process.env['SCANSIDE_SHIFT'] = String(shift);
    onTestFinished(() => void delete process.env['SCANSIDE_SHIFT']);
    await refused(preflight(use, { program: shiftedProof }), /not where the table says/);
  });

  it('is accepted by the same program with a table that is right', async () => {
    process.env['SCANSIDE_SHIFT'] = '0';
    onTestFinished(() => void delete process.env['SCANSIDE_SHIFT']);
    await preflight(use, { program: shiftedProof });
  });
});

describe('a proof', () => {
  it('that is ended by SIGSEGV is a refusal that says so', async () => {
    const program = makeProgram(`process.kill(process.pid, 'SIGSEGV'); setInterval(() => 0, 9);`);
    await refused(preflight(use, { program }), /ended by SIGSEGV/);
  });

  it('that exits without a word is a refusal', async () => {
    await refused(preflight(use, { program: makeProgram('process.exit(0)') }), /ended by exit 0/);
  });

  it('that says something else is a refusal', async () => {
    const program = makeProgram(`process.send({ fine: true }); setInterval(() => 0, 9);`);
    await refused(preflight(use, { program }), /said nothing/);
  });

  it('that never ends is killed on time', async () => {
    const program = makeProgram('setInterval(() => 0, 9)');
    const clock = new ManualClock();
    const refusal = refused(preflight(use, { program, clock }), /did not end within 60 s/);
    clock.advance(60_000);
    await refusal;
  });
});

describe('what has been proved', () => {
  /** A folder with the library as a file of its own, and a program that notes each proof. */
  function makeSubject(): { settings: PreflightSettings; path: string; proofs: () => number } {
    const [path, log] = [join(folder, 'lib', basename(library)), join(folder, 'log')];
    fs.mkdirSync(dirname(path));
    fs.writeFileSync(path, 'first');
    const program = makeProgram(`import fs from 'node:fs';
      fs.appendFileSync(${JSON.stringify(log)}, '.'); process.send('');
      process.on('disconnect', () => process.exit(0));`);
    const settings = { program, store: { files: disk, folder: join(folder, 'proofs') } };
    return { settings, path, proofs: () => (fs.existsSync(log) ? fs.statSync(log).size : 0) };
  }

  it('is not proved again until a library beside it, or what it is for, is another', async () => {
    const { settings, path, proofs } = makeSubject();
    const again = { library: path, provider: 'cpu' } as const;
    await preflight(again, settings);
    await preflight(again, settings);
    expect(proofs()).toBe(1);
    fs.writeFileSync(join(dirname(path), 'libonnxruntime_providers_shared.so'), 'new');
    await preflight(again, settings);
    expect(proofs()).toBe(2);
    fs.writeFileSync(path, 'other');
    await preflight(again, settings);
    expect(proofs()).toBe(3);
    await preflight({ ...again, provider: 'tensorrt' }, settings);
    await preflight(again, settings);
    expect(proofs()).toBe(4);
  });

  it('is proved each time where nothing remembers it', async () => {
    const { settings, path, proofs } = makeSubject();
    const { program } = settings;
    await preflight({ library: path, provider: 'cpu' }, { program: program! });
    await preflight({ library: path, provider: 'cpu' }, { program: program! });
    expect(proofs()).toBe(2);
  });

  it('is no refusal: that is tried anew', async () => {
    const { settings, path } = makeSubject();
    const again = { library: path, provider: 'cpu' } as const;
    const broken = makeProgram(`process.send('broken'); setInterval(() => 0, 9);`);
    await refused(preflight(again, { ...settings, program: broken }), /broken/);
    expect(fs.existsSync(join(folder, 'proofs'))).toBe(false);
  });
});

describe('opening by placement', () => {
  it('proves and loads the library of the C API', async () => {
    const runtime = await openRuntime({ ...onProcessor, runtime: 'ort-capi' });
    expect(runtime).toMatchObject({ name: 'ort-capi', cancellable: true });
    expect(readMapped()).toContain(fs.realpathSync(library));
    await runtime.close();
  });

  it('falls back to nothing', async () => {
    const placement = { ...onProcessor, runtime: 'ort-capi', library: '/nowhere/x.so' } as const;
    await refused(openRuntime(placement), /cannot be loaded/);
    await refused(openRuntime({ ...onProcessor, runtime: 'kserve' }), /no inference server/);
    await refused(openRuntime({ ...onProcessor, runtime: 'simulated' }), /no runtime simulated/);
  });
});
