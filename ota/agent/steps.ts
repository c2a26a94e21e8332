import { dirname, join } from 'node:path';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { readBundleFile } from '../../models/bundle.ts';
import { manifestSchema } from '../../models/manifest.ts';
import { manifestFile } from '../../models/manifest-rules.ts';
import type { Assignment } from '../trust/assignment.ts';
import type { Trusted } from '../trust/trust.ts';
import type { ChunkSource } from './chunk-source.ts';
import { applyDelta } from './delta.ts';
import { download } from './download.ts';
import type { ModelHost, ShadowStanding } from './model-host.ts';
import { type AssignedItem, bytesOf, longestManifest, type Plan, planUpdate } from './plan.ts';
import type { PlannedFile } from './plan.ts';
import { preferred, type Slots } from './slots.ts';
import { fetchTarget } from './target-bytes.ts';
import { judgeTrial, type TrialLimits } from './trial-watch.ts';
import type { UpdateState } from './update-table.ts';
import { isOpen, type UpdateWindow } from './window.ts';

/** What the steps need from their surroundings. */
export interface StepPorts {
  clock: Clock;
  files: Files;
  source: ChunkSource;
  /** Files that the disk has failed to keep; none at the start. */
  doubted: Set<string>;
  slots: Slots;
  host: ModelHost;
  /** Brings what is believed of the repository up to date. */
  refresh(): Promise<Trusted>;
  /** When models may be exchanged; at any time where there is none. */
  window?: UpdateWindow | undefined;
  trial: TrialLimits;
}

/** The model that is the turn of. */
export interface Work {
  item: AssignedItem;
  mode: Assignment['mode'];
  /** There from `verified` on. */
  plan?: Plan | undefined;
}

/** How an attempt at a step has ended. `going-on`: nothing is to be said, and it is looked at again. */
export type Outcome =
  { done: Plan | undefined } | { deferred: string } | { compared: ShadowStanding } | 'going-on';

type Step = (ports: StepPorts, work: Work) => Promise<Outcome>;

const done: Outcome = { done: undefined };

/** What is done in each state that has a step. Every one may be done again, from its beginning or from anywhere. */
export const steps: Partial<Record<UpdateState, Step>> = {
  assigned: plan,
  verified: reserve,
  downloading: fetchAll,
  checking: (ports, work) => prove(ports, work, 'check'),
  building: (ports, work) => prove(ports, work, 'build'),
  testing: (ports, work) => prove(ports, work, 'test'),
  shadow: compare,
  ready: waitForTurn,
  trial: tryOut,
  returning: goBack,
};

async function plan({ source, host, refresh }: StepPorts, { item }: Work): Promise<Outcome> {
  const why = host.whyNot(item.group);
  if (why !== undefined) throw new ScansideError('UPDATE_MODEL_UNWANTED', `${item.group}: ${why}`);
  const { find } = await refresh();
  const target = await find(item.target);
  if (!target) throw new ScansideError('TARGET_UNKNOWN', item.target);
  if (target.hashes['sha256'] !== item.sha256)
    throw new ScansideError('ASSIGNMENT_DISAGREES', item.target);
  const manifest = await fetchTarget(source, target, longestManifest);
  return { done: await planUpdate(item, target, manifest, find) };
}

/** Twice what comes: the spool needs room as well. */
async function reserve({ files, slots }: StepPorts, work: Work): Promise<Outcome> {
  const folder = folderOf(slots, work);
  files.makeFolder(folder);
  await files.syncFolder(dirname(folder));
  const { free } = files.space(folder);
  return free < 2 * bytesOf(planOf(work)) ? { deferred: 'space' } : done;
}

async function fetchAll(ports: StepPorts, work: Work): Promise<Outcome> {
  const folder = folderOf(ports.slots, work);
  for (const file of planOf(work).files) await fetchFile(ports, work, file, folder);
  // Of a file that was finished just before a restart.
  ports.files.remove(patchOf(folder));
  await ports.files.syncFolder(folder);
  return done;
}

async function fetchFile(
  ports: StepPorts,
  { item }: Work,
  { name, blob, patch }: PlannedFile,
  folder: string,
): Promise<void> {
  const { files } = ports;
  const path = join(folder, name);
  const base = patch && !files.exists(path) && findFile(ports, item.group, patch.base);
  if (patch && base && (await patched(ports, patch.blob, patchOf(folder), { base, path, blob })))
    return;
  await download(ports, blob, path);
}

/** Whether a patch has given the file; what the patch does not give is fetched as a whole. */
async function patched(
  ports: StepPorts,
  patch: PlannedFile['blob'],
  patchPath: string,
  { base, path, blob }: { base: Uint8Array; path: string; blob: PlannedFile['blob'] },
): Promise<boolean> {
  const { files } = ports;
  await download(ports, patch, patchPath);
  const given = await applyDelta(files, { base, patch: patchPath, path }, blob);
  files.remove(patchPath);
  return given;
}

/** The file with that hash in the bundle that answers now. */
function findFile({ files, host }: StepPorts, group: string, sha256: string) {
  const running = host.running(group);
  if (!running) return undefined;
  const { folder } = running;
  const manifest = manifestSchema.parse(JSON.parse(files.readText(join(folder, manifestFile))));
  const [name] =
    Object.entries(manifest.files).find(([, listed]) => listed.sha256 === sha256) ?? [];
  return name === undefined ? undefined : readBundleFile({ folder, manifest }, name, files);
}

async function prove(
  { host, slots }: StepPorts,
  work: Work,
  what: 'check' | 'build' | 'test',
): Promise<Outcome> {
  const quiet = host.whyQuiet();
  if (quiet !== undefined) return { deferred: quiet };
  const why = await host[what](folderOf(slots, work));
  if (why !== undefined) throw new ScansideError('UPDATE_MODEL_REFUSED', why);
  return done;
}

/** Who goes back goes to what has proved itself here before, and at once. */
function compare({ host, slots }: StepPorts, work: Work): Promise<Outcome> {
  const { shadow = work.mode === 'shadow' ? {} : undefined } = planOf(work);
  if (!shadow || work.mode === 'rollback') return Promise.resolve(done);
  return Promise.resolve({
    compared: host.shadow(work.item.group, folderOf(slots, work), shadow),
  });
}

function waitForTurn({ clock, host, window }: StepPorts): Promise<Outcome> {
  const isClosed = window && !isOpen(window, clock.now());
  const why = isClosed ? 'window' : host.whyBusy();
  return Promise.resolve(why === undefined ? done : { deferred: why });
}

async function tryOut({ host, slots, trial }: StepPorts, work: Work): Promise<Outcome> {
  const { group, sha256 } = work.item;
  const isRunning = host.running(group)?.hash === sha256;
  const refusal = isRunning ? undefined : await host.activate(group, folderOf(slots, work));
  if (refusal !== undefined) throw new ScansideError('UPDATE_TRIAL_FAILED', refusal);
  const verdict = judgeTrial(host.trial(group), trial);
  if (verdict === undefined) return 'going-on';
  if (verdict !== 'kept') throw new ScansideError('UPDATE_TRIAL_FAILED', verdict.because);
  return done;
}

/** The release before, the one before that, and at last the one that the device was made with. */
async function goBack({ host, slots }: StepPorts, { item: { group } }: Work): Promise<Outcome> {
  const releases = preferred(slots.read()[group]);
  if (releases[0] !== undefined && host.running(group)?.hash === releases[0]) return done;
  let refusal: string | undefined;
  for (const release of [...releases, undefined]) {
    refusal = await host.activate(group, release && slots.folderOf(release));
    if (refusal === undefined) return done;
  }
  throw new ScansideError('UPDATE_TRIAL_FAILED', `nothing can take its place: ${refusal}`);
}

/** Where a patch lies until it is used: beside the folder, for it is none of the bundle's files. */
function patchOf(folder: string): string {
  return `${folder}.patch`;
}

function folderOf(slots: Slots, { item }: Work): string {
  return slots.folderOf(item.sha256);
}

function planOf({ plan: planned }: Work): Plan {
  if (planned) return planned;
  throw new ScansideError('INTERNAL', 'an update without a plan');
}
