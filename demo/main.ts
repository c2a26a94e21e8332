// npm run demo: the appliance with a virtual scanner before it and a virtual PACS behind it.
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { sleep, systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { describeTransition, ExamWatch } from './exam-watch.ts';
import { makeDemoStudy, type DemoStudy } from './demo-studies.ts';
import { startScene, type Scene } from './scene.ts';
import { summarise, type Timing } from './summary.ts';
import { sendStudy } from './virtual-scanner.ts';

const usage = `Runs the appliance on this machine with a virtual scanner and a virtual PACS.

Usage: npm run demo [-- OPTIONS]

  (no option)        sends computer-made studies, one every few seconds, until Ctrl-C
  --once             sends a fixed set, waits until every result is committed, prints one JSON summary;
                     exit code 0, or 1 with the reason
  --studies N        how many studies the fixed set has (default 12)
  --data FOLDER      keeps images, results and the virtual PACS's files there; run again with the same folder and
                     what was interrupted is finished (default: a temporary folder, removed at the end)
  --panel-port PORT  port of the panel (default 8080; with --once any free one)
  --seed S           which phantoms (default 1)
  --help             this text

No image shows a person: radiographs are sampled, heads and the rest are drawn (demo/radiographs/README.md). The
models are for research and demonstration, not for clinical use.
`;

const mostStudies = 200;
/** How long the fixed set may take. */
const onceLimitMs = 180_000;
const betweenStudiesMs = 4000;

interface Options {
  once: boolean;
  data: string | undefined;
  panelPort: number;
  seed: number;
  studies: number;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      data: { type: 'string' },
      'panel-port': { type: 'string' },
      seed: { type: 'string', default: '1' },
      studies: { type: 'string', default: '12' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const panelPort = Number(values['panel-port'] ?? (values.once ? 0 : 8080));
  const seed = Number(values.seed);
  if (!Number.isInteger(panelPort) || panelPort < 0 || panelPort > 65_535)
    throw new Error('--panel-port must be a port number, 0 to 65535');
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed must be a whole number from 0');
  const studies = Number(values.studies);
  if (!Number.isInteger(studies) || studies < 1 || studies > mostStudies)
    throw new Error(`--studies must be a whole number, 1 to ${mostStudies}`);
  return { once: values.once, data: values.data, panelPort, seed, studies };
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`demo: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (!options) {
    console.log(usage);
    return 0;
  }
  const folder = options.data ?? join(tmpdir(), `scanside-demo-${randomUUID()}`);
  const scene = await startScene({ ...options, folder, clock: systemClock, files: disk });
  try {
    return options.once ? await runOnce(scene, options) : await runOn(scene, options);
  } finally {
    await scene.close();
    if (options.data === undefined) disk.removeFolder(folder);
  }
}

/** Sends the fixed set and waits until all of it is committed. */
async function runOnce(scene: Scene, { seed, studies: length }: Options): Promise<number> {
  const studies = Array.from({ length }, (_, at) => makeDemoStudy(seed, at));
  const watch = new ExamWatch(scene.appliance.source, systemClock);
  try {
    const timings = await finish(
      Promise.all(studies.map((study) => followStudy(scene, watch, study))),
      onceLimitMs,
    );
    const images = studies.reduce((sum, { instances }) => sum + instances.length, 0);
    console.log(JSON.stringify(summarise(scene, timings, { seed, images })));
    return 0;
  } catch (error) {
    console.error(`demo: ${(error as Error).message}`);
    return 1;
  } finally {
    watch.stop();
  }
}

async function followStudy(scene: Scene, watch: ExamWatch, study: DemoStudy): Promise<Timing> {
  const sentAt = await sendStudy(study.instances, scene.scanner());
  const resultAt = await watch.until(study.studyUid, ({ outcome }) => outcome.state !== 'pending');
  const committedAt = await watch.until(study.studyUid, ({ state }) => state === 'committed');
  return { toResult: Math.max(0, resultAt - sentAt), toCommit: Math.max(0, committedAt - sentAt) };
}

function finish<T>(work: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.after(limitMs, () =>
      reject(new Error(`not every result was committed within ${limitMs / 1000} s`)),
    );
    work.then(resolve, reject).finally(cancel);
  });
}

/** Sends one study after the other until it is stopped, and says what becomes of each. */
async function runOn(scene: Scene, { seed }: Options): Promise<number> {
  console.log(`Panel:   ${scene.appliance.panelUrl}`);
  console.log('Sign in with one of these names and its PIN:');
  for (const { name, pin } of scene.accounts) console.log(`  ${name.padEnd(16)}${pin}`);
  console.log(`Scanner: send to SCANSIDE at 127.0.0.1:${scene.appliance.receiverPort}`);
  console.log('Stop with Ctrl-C.\n');
  const watch = new ExamWatch(scene.appliance.source, systemClock);
  watch.every((exam, before) => {
    const line = describeTransition(exam, before);
    if (line) console.log(line);
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve());
  });
  await sendUntil(stopped, scene, seed);
  watch.stop();
  return 0;
}

async function sendUntil(stopped: Promise<void>, scene: Scene, seed: number): Promise<void> {
  const stop = { asked: false };
  void stopped.then(() => (stop.asked = true));
  const taken = readCalendar();
  for (let at = 0; !stop.asked; at++) {
    await sendStudy(makeDemoStudy(seed, at, taken).instances, scene.scanner());
    await Promise.race([stopped, sleep(systemClock, at < 2 ? 500 : betweenStudiesMs)]);
  }
}

/** Date and time as DICOM writes them, so that every run makes new studies. */
function readCalendar(): { date: string; time: string } {
  const options = { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' } as const;
  const text = new Intl.DateTimeFormat('sv-SE', options).format(systemClock.now());
  const [date = '', time = ''] = text.replaceAll(/[-:]/g, '').split(' ');
  return { date, time };
}

process.exit(await main());
