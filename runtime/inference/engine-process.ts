// The engine process: started by engine-child.ts, owner of ONNX Runtime, killed when it takes too long.
import process from 'node:process';
import { disk } from '../../device/files.ts';
import { ScansideError } from '../../device/errors.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { analyseUnits, type LoadedBundle, loadForUse } from './analysis.ts';
import { giveWay, lastInLine, stepBack } from './background.ts';
import type { EngineReply, EngineRequest, ImageExtent } from './engine-message.ts';
import { readFailure, readRange } from './image-bytes.ts';
import type { Received } from './input.ts';
import type { Placement } from './session/placement.ts';
import { openRuntime } from './session/runtimes.ts';
import type { Runtime } from './session/session-port.ts';
import { hostOf } from './tensorrt/host.ts';

type Ask<Name extends EngineRequest['ask']> = Extract<EngineRequest, { ask: Name }>;
type Answer = DistributedOmit<EngineReply, 'resident' | 'highest' | 'detours'>;
type DistributedOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;

const loaded = new Map<string, LoadedBundle>();
/** One of each library: bundles share it. */
const runtimes = new Map<string, Promise<Runtime>>();

function runtimeOf(placement: Placement): Promise<Runtime> {
  const key = `${placement.runtime} ${placement.library ?? ''}`;
  const runtime = runtimes.get(key) ?? openRuntime(placement);
  runtimes.set(key, runtime);
  return runtime;
}

/** What a server is to run and does not. */
async function findDetours(): Promise<EngineReply['detours']> {
  const settled = await Promise.allSettled(runtimes.values());
  const open = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const places = open.flatMap((runtime) => runtime.places?.() ?? []);
  return places
    .filter(({ route }) => route !== 'server')
    .map(({ network, because }) => ({ network, because: because.slice(0, 500) }));
}

function unreadable(detail: string): InstanceResult {
  return { state: 'not-analysed', reason: 'unreadable', detail };
}

async function load({ folder, hash, placement }: Ask<'load'>): Promise<Answer> {
  try {
    const host = hostOf(placement, await runtimeOf(placement), disk);
    const bundle = await loadForUse(folder, disk, host);
    if (bundle.bundle.hash !== hash)
      return { reply: 'refused', detail: 'the bundle on the disk is not the one that was loaded' };
    loaded.set(hash, bundle);
    return { reply: 'loaded' };
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return { reply: 'refused', detail: error.message };
  }
}

/** The bytes of a unit's images, or why one of them cannot be read. */
function readUnit(images: ImageExtent[]): Received[] | InstanceResult {
  try {
    return images.map((image) => ({
      bytes: readRange(disk, image),
      transferSyntaxUid: image.transferSyntaxUid,
    }));
  } catch (error) {
    return unreadable(readFailure(error));
  }
}

async function analyse({ hash, units }: Ask<'analyse'>): Promise<Answer> {
  const bundle = loaded.get(hash);
  if (!bundle) return { reply: 'refused', detail: 'the bundle is not loaded' };
  const read = units.map(readUnit);
  const answers = await analyseUnits(
    bundle,
    read.flatMap((unit) => (Array.isArray(unit) ? [unit] : [])),
  );
  const results = read.map((unit) => (Array.isArray(unit) ? answers.shift()! : unit));
  return { reply: 'results', results };
}

async function answer(request: EngineRequest): Promise<EngineReply> {
  const said = await (request.ask === 'load' ? load(request) : analyse(request));
  const highest = 1024 * process.resourceUsage().maxRSS;
  const detours = await findDetours();
  return { ...said, resident: process.memoryUsage.rss(), highest, detours };
}

/** What nobody expected ends the process: its parent starts a clean one and knows what to do with the job. */
function end(error: unknown): void {
  process.stderr.write(`engine: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

if (process.argv.includes(lastInLine)) stepBack();
else giveWay();
process.on('message', (request: EngineRequest) => {
  answer(request).then((reply) => process.send?.(reply), end);
});
// Without a parent there is nobody to work for.
process.on('disconnect', () => process.exit(0));
