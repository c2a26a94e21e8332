import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { findProgram } from '../outside.ts';
import type { Finished } from '../peers/process.ts';
import { runProgram, temporaryFolder } from '../peers/process.ts';
import { emulation, makeRoot, runEmulated } from './emulation.ts';
import { replayStage } from './replay.ts';

const usage = `The product on emulated arm64: npm run test:arm64

Replays the image's Node steps (Dockerfile.jetson), then runs what they leave, and nothing of this machine's, with
qemu-aarch64: the compiled product checks its configuration, and both engines go through the contract that they share.
It takes five minutes on two idle cores, and the registry that npm is configured with.

Needs: ${emulation.join(', ')}
(Debian: apt-get install qemu-user libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross)

Exit codes: 0 all passed, 1 something failed, 2 wrong call or something missing.
`;

const root = join(import.meta.dirname, '..', '..');
const contract = 'tests/inference/session/run-contract.ts';
const engines = ['onnxruntime-node', 'ort-capi'];
/** The longest that one engine may take. */
const limitMs = 2_700_000;

function fail(sentence: string): never {
  process.stderr.write(`test:arm64: ${sentence}\n`);
  process.exit(2);
}

/** A folder as /app in the image, with the sources beside the compiled product for the contract. */
async function layOut(folder: string): Promise<string> {
  const app = join(folder, 'app');
  const dist = join(folder, 'dist');
  mkdirSync(app);
  await replayStage('dependencies', app);
  const built = await runProgram(process.execPath, [join(root, 'scripts/build.ts'), dist], limitMs);
  if (built.code !== 0) throw new Error(built.output);
  cpSync(dist, app, { recursive: true });
  const sources = join(app, 'sources');
  mkdirSync(sources);
  for (const name of ['device', 'models', 'runtime', 'tests'])
    symlinkSync(join(root, name), join(sources, name));
  return app;
}

function report(title: string, { code, output }: Finished): boolean {
  process.stdout.write(`${output}${code === 0 ? 'passed' : `FAILED (${code})`}: ${title}\n\n`);
  return code === 0;
}

/** Modules are looked up where the links stand, so that none of this machine's packages is found. */
const asLinked = ['--preserve-symlinks', '--preserve-symlinks-main'];

async function runAll(folder: string): Promise<boolean> {
  const app = await layOut(folder);
  const sysroot = makeRoot(folder);
  const node = join(app, 'bin', 'node');
  const run = (...command: string[]) => runEmulated(sysroot, [node, ...command], limitMs);
  const results = [
    report('the product starts', await run(join(app, 'runtime', 'main.js'), '--check')),
  ];
  for (const engine of engines) {
    const command = [...asLinked, join(app, 'sources', contract), engine];
    results.push(report(engine, await run(...command)));
  }
  return results.every(Boolean);
}

const [argument] = process.argv.slice(2);
if (argument === '--help') {
  process.stdout.write(usage);
  process.exit(0);
}
if (argument !== undefined) fail(`unknown argument ${argument}\n\n${usage}`);
const missing = emulation.filter((name) =>
  name.includes('/') ? !existsSync(name) : findProgram(name) === undefined,
);
if (missing.length > 0) fail(`missing: ${missing.join(', ')}`);

const folder = temporaryFolder();
try {
  process.exitCode = (await runAll(folder.path)) ? 0 : 1;
} finally {
  folder.remove();
}
