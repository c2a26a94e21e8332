import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type DemoStudy, makeDemoStudy } from '../demo/demo-studies.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { startVirtualPacs, type VirtualPacs } from '../demo/virtual-pacs.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import type { ExamView } from '../panel/source.ts';
import {
  type ApplianceSettings,
  deviceAeTitle,
  forgetState,
  killNow,
  makeDataFolder,
  readSpool,
  type RunningAppliance,
  startTestAppliance,
  journey,
} from './appliance.ts';

const pacsAeTitle = 'TESTPACS';
const seed = 7300;

/** An appliance and its PACS. After a restart the PACS finds it at the same port. */
class Site {
  readonly #folder = makeDataFolder();
  #pacs: VirtualPacs | undefined;
  #port = 0;

  async start(settings: ApplianceSettings = {}): Promise<RunningAppliance> {
    this.#pacs ??= await this.#startPacs();
    const { port } = this.#pacs;
    const pacs = { name: 'PACS', host: '127.0.0.1', port, aeTitle: pacsAeTitle };
    const dataFolder = join(this.#folder, 'device');
    const own = { dataFolder, receiverPort: this.#port, destinations: [pacs] };
    const appliance = await startTestAppliance({ ...own, ...settings });
    this.#port = appliance.port;
    return appliance;
  }

  /** Every object that the PACS holds, with its bytes. */
  held(): Map<string, string> {
    const path = (uid: string) => join(this.#folder, 'pacs', `${uid}.dcm`);
    const uids = this.#pacs?.objects() ?? [];
    return new Map(uids.map((uid) => [uid, readFileSync(path(uid)).toString('latin1')]));
  }

  async #startPacs(): Promise<VirtualPacs> {
    const pacs = await startVirtualPacs({
      clock: systemClock,
      files: disk,
      folder: join(this.#folder, 'pacs'),
      aeTitle: pacsAeTitle,
      device: () => ({ host: '127.0.0.1', port: this.#port, aeTitle: deviceAeTitle }),
    });
    onTestFinished(() => pacs.close());
    return pacs;
  }
}

const studies = [0, 1, 2, 3, 5, 6].map((at) => makeDemoStudy(seed, at));
const ids = studies.map(({ studyUid }) => studyUid);

async function send(sent: DemoStudy[], { scanner }: RunningAppliance): Promise<void> {
  await Promise.all(sent.map(({ instances }) => sendStudy(instances, scanner)));
}

/**
 * What must not depend on restarts: everything but the moments at which things were seen, and which the PACS was asked
 * for again.
 */
function settled(exams: ExamView[]) {
  return exams
    .map((exam) => ({ ...exam, updatedAt: 0, version: 0, receivedAt: 0, deliveredAt: 0 }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function resultStudies(appliance: RunningAppliance): string[] {
  return readSpool(appliance.dataFolder, 'outgoing')
    .map(({ meta }) => String(meta['studyUid']))
    .sort();
}

/** Kills a process as soon as something has come about, in the same turn in which it is known. */
function killWhen({ source }: RunningAppliance, pid: number | undefined, come: () => boolean) {
  const unsubscribe = source.subscribe(() => {
    if (!come()) return;
    unsubscribe();
    killNow(pid);
  });
}

it(
  'the state database can be lost: the same exams, the same results, nothing new in the PACS',
  journey,
  async () => {
    const site = new Site();
    const first = await site.start();
    await send(studies, first);
    await first.untilCommitted(ids);
    const [exams, results, held] = [
      first.exams(),
      readSpool(first.dataFolder, 'outgoing'),
      site.held(),
    ];
    await first.stop();
    expect([exams.length, results.length, held.size]).toEqual([6, 6, 6]);

    forgetState(first.dataFolder);
    const second = await site.start();
    await second.untilCommitted(ids);
    expect(settled(second.exams())).toEqual(settled(exams));
    expect(second.exams().map(({ receivedAt }) => receivedAt)).toEqual(
      exams.map(({ receivedAt }) => receivedAt),
    );
    expect(readSpool(second.dataFolder, 'outgoing')).toEqual(results);
    expect(site.held()).toEqual(held);
  },
);

it(
  'the receiver can be killed while images come: the scanner sends the rest, each study is answered once',
  journey,
  async () => {
    const appliance = await new Site().start({ quietSeconds: 2 });
    const studyUid = ids[0] ?? '';
    const patient = { name: 'DEMO^KILLED', id: 'DEMO-9001' };
    const images = Array.from({ length: 12 }, (_, at) =>
      makePhantomInstance({
        seed: seed + at,
        size: 256,
        patient,
        studyInstanceUid: studyUid,
        instanceNumber: at + 1,
      }),
    );
    const victim = appliance.pids.receiver;
    killWhen(appliance, victim, () => appliance.exam(studyUid)?.images === 2);
    await Promise.all([sendStudy(images, appliance.scanner), send(studies.slice(1), appliance)]);
    await appliance.untilCommitted(ids);

    expect(appliance.pids.receiver).not.toBe(victim);
    expect(appliance.exam(studyUid)?.images).toBe(images.length);
    expect(resultStudies(appliance)).toEqual(ids.toSorted());
    const opened = appliance.log.filter((line) => /^association opened .*"SCANNER"/.test(line));
    expect(opened.length, 'one for each study, and more').toBeGreaterThan(ids.length);
  },
);

it('the engine can be killed at work: every exam ends as it does without', journey, async () => {
  const outcomes = (appliance: RunningAppliance) => ids.map((id) => appliance.exam(id)?.outcome);
  const undisturbed = await new Site().start();
  await send(studies, undisturbed);
  await undisturbed.untilCommitted(ids);

  const disturbed = await new Site().start();
  killWhen(disturbed, disturbed.pids.engine, () => disturbed.exams().length > 0);
  await send(studies, disturbed);
  await disturbed.untilCommitted(ids);

  expect(disturbed.log.filter((line) => line.startsWith('engine ended'))).toHaveLength(1);
  expect(outcomes(disturbed)).toEqual(outcomes(undisturbed));
  expect(resultStudies(disturbed)).toEqual(ids.toSorted());
});
