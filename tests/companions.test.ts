import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { makeHeadSeries } from '../demo/head-study.ts';
import { makePhantomInstance, type PhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { secondaryCapture } from '../runtime/report/heatmap.ts';
import { keyObjectSelection } from '../runtime/report/key-object.ts';
import { parametricMap } from '../runtime/report/parametric-map.ts';
import { presentationState } from '../runtime/report/presentation-state.ts';
import { comprehensive3dSr as report } from '../runtime/report/report.ts';
import { segmentationStorage } from '../runtime/report/segmentation.ts';
import type { ObjectKind } from '../runtime/spool/outgoing-object.ts';
import {
  deviceAeTitle,
  forgetState,
  isTerminal,
  makeDataFolder,
  type RunningAppliance,
  scannerAeTitle,
  startTestAppliance,
  journey,
} from './appliance.ts';
import { copyLocalising } from './inference/localising-bundle.ts';
import { makeMarkingBundle } from './inference/marking-bundle.ts';
import { describeWith, freePort } from './outside.ts';
import { type Orthanc, startOrthanc } from './peers/orthanc.ts';
import { startProgram, until } from './peers/process.ts';

const run = promisify(execFile);
const pacsAeTitle = 'TESTPACS';
const studyUid = '2.25.4711';
const patient = { name: 'DEMO^FLAGGED', id: 'DEMO-0001' };
const shipped = { enabled: ['chest-demo', 'ct-head-demo'] };

interface Models {
  folder?: string;
  enabled: string[];
}

/** A device and its PACS. After a restart both are where they were. */
class Site {
  readonly folder = makeDataFolder();
  readonly dataFolder = join(this.folder, 'device');
  readonly models: Models;
  readonly #objects: ObjectKind[] | undefined;
  orthanc!: Orthanc;
  port = 0;

  private constructor(models: Models, objects: ObjectKind[] | undefined) {
    this.models = models;
    this.#objects = objects;
  }

  static async open(models: Models, objects?: ObjectKind[]): Promise<Site> {
    const site = new Site(models, objects);
    site.port = await freePort();
    site.orthanc = await startOrthanc(join(site.folder, 'pacs'), {
      title: pacsAeTitle,
      modalities: { SCANSIDE: { title: deviceAeTitle, port: site.port } },
    });
    onTestFinished(() => site.orthanc.stop());
    return site;
  }

  get destination() {
    return {
      name: 'PACS',
      host: '127.0.0.1',
      port: this.orthanc.dicomPort,
      aeTitle: pacsAeTitle,
      ...(this.#objects && { objects: this.#objects }),
    };
  }

  start(): Promise<RunningAppliance> {
    return startTestAppliance({
      dataFolder: this.dataFolder,
      receiverPort: this.port,
      models: this.models,
      destinations: [this.destination],
    });
  }

  /** Runs the program as `npm start` does, so that it can be killed. */
  async startProgram() {
    const file = join(this.folder, 'site.json');
    const configuration = {
      dataFolder: this.dataFolder,
      receiver: { port: this.port, aeTitle: deviceAeTitle },
      study: { quietSeconds: 0.5 },
      panel: { port: await freePort(), https: 'off' },
      models: this.models,
      destinations: [this.destination],
    };
    writeFileSync(file, JSON.stringify(configuration));
    const main = join(import.meta.dirname, '..', 'runtime', 'main.ts');
    const isReady = (output: string) => output.includes('"msg":"ready"');
    const program = await startProgram(process.execPath, [main], isReady, 60_000, {
      SCANSIDE_CONFIG: file,
    });
    onTestFinished(() => program.stop());
    return program;
  }

  send(instances: PhantomInstance[]): Promise<unknown> {
    const device = { host: '127.0.0.1', port: this.port, aeTitle: deviceAeTitle };
    return sendStudy(instances, { clock: systemClock, aeTitle: scannerAeTitle, device });
  }

  /** SOP classes of what the PACS holds, in the order of their coming. */
  async arrived(): Promise<string[]> {
    const read = async (path: string) => (await fetch(`${this.orthanc.url}${path}`)).json();
    const { Changes } = (await read('/changes?limit=1000')) as {
      Changes: { ChangeType: string; ID: string }[];
    };
    const isNew = ({ ChangeType }: { ChangeType: string }) => ChangeType === 'NewInstance';
    const tags = Changes.filter(isNew).map(({ ID }) => read(`/instances/${ID}/simplified-tags`));
    return (await Promise.all(tags)).map((each) => (each as { SOPClassUID: string }).SOPClassUID);
  }

  /** Waits until the device has nothing left to make or send. */
  async untilDone(appliance: RunningAppliance): Promise<void> {
    await appliance.untilCommitted([studyUid]);
    const isDone = () => {
      const { queue, outboxWaiting } = appliance.source.device();
      return queue === 0 && outboxWaiting === 0;
    };
    expect(await until(isDone, 60_000), appliance.log.slice(-20).join('\n')).toBe(true);
  }

  async validate(): Promise<void> {
    const path = join(this.folder, 'object.dcm');
    for (const id of await this.orthanc.find('Instance')) {
      writeFileSync(path, await this.orthanc.file(id));
      const said = await run('dciodvfy', [path]).catch((failure: { stderr: string }) => failure);
      expect(said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
    }
  }
}

function localising(): Models {
  return { ...shipped, folder: copyLocalising(makeDataFolder(), shipped.enabled) };
}

function radiograph(size: number): PhantomInstance {
  return makePhantomInstance({
    seed: 3,
    size,
    findings: ['pneumothorax'],
    patient,
    studyInstanceUid: studyUid,
  });
}

function head(size: number, slices: number): PhantomInstance[] {
  const bleed = { seed: 1, bleeds: ['subdural'], mimics: [] } as const;
  return [...makeHeadSeries({ ...bleed, size, slices, patient, studyInstanceUid: studyUid })];
}

describeWith(['Orthanc', 'dciodvfy'], 'what stands beside a report', () => {
  it('of a flagged radiograph is its heatmap, after the report', journey, async () => {
    const site = await Site.open(localising());
    const appliance = await site.start();
    await site.send([radiograph(512)]);
    await site.untilDone(appliance);
    expect(await site.arrived()).toEqual([report, secondaryCapture]);
    await site.validate();
  });

  it('of a flagged head are its key slices, then their heatmaps', journey, async () => {
    const site = await Site.open(localising());
    const appliance = await site.start();
    await site.send(head(256, 12));
    await site.untilDone(appliance);
    const heatmaps = [secondaryCapture, secondaryCapture, secondaryCapture];
    expect(await site.arrived()).toEqual([report, keyObjectSelection, ...heatmaps]);
    await site.validate();
  });

  it('is nothing where the model may not say where it reacted', journey, async () => {
    const site = await Site.open(shipped);
    const appliance = await site.start();
    await site.send([radiograph(512)]);
    await site.untilDone(appliance);
    expect(await site.arrived()).toEqual([report]);
    expect(appliance.exam(studyUid)?.outcome.state).toBe('flagged');
  });

  it('is what the destination wants of masks and maps', journey, async () => {
    const { folder, name } = await makeMarkingBundle(makeDataFolder());
    const site = await Site.open({ folder, enabled: [name] }, [
      'report',
      'measurements',
      'segmentation',
      'presentation-state',
      'parametric-map',
    ]);
    const appliance = await site.start();
    await site.send(head(128, 6));
    await site.untilDone(appliance);
    expect(await site.arrived()).toEqual([
      report,
      report,
      segmentationStorage,
      ...[1, 2, 3].map(() => presentationState),
      ...[1, 2, 3].map(() => parametricMap),
    ]);
    expect(appliance.log.filter((line) => line.includes('not made'))).toEqual([]);
  });

  it('waits for the next start where the device is stopped over a drawing', journey, async () => {
    const site = await Site.open(localising());
    const appliance = await site.start();
    await site.send([radiograph(1024)]);
    await appliance.untilExams([studyUid], isTerminal);
    await appliance.stop();
    await site.untilDone(await site.start());
    expect(await site.arrived()).toEqual([report, secondaryCapture]);
    expect(appliance.log.filter((line) => line.includes('not made'))).toEqual([]);
  });

  it('comes after all, once, though the device is killed over its making', journey, async () => {
    const site = await Site.open(localising());
    const program = await site.startProgram();
    await site.send(head(256, 12));
    const reports = () => site.orthanc.count({ SOPClassUID: report });
    expect(await until(async () => (await reports()) === 1, 60_000)).toBe(true);
    process.kill(program.pid, 'SIGKILL');
    await program.stop();
    const before = await site.orthanc.count();
    expect(before).toBeLessThan(5);

    const again = await site.start();
    await site.untilDone(again);
    const expected = [report, keyObjectSelection, ...[1, 2, 3].map(() => secondaryCapture)];
    expect((await site.arrived()).sort()).toEqual(expected.sort());

    await again.stop();
    forgetState(site.dataFolder);
    expect(existsSync(join(site.dataFolder, 'state.db'))).toBe(false);
    await site.untilDone(await site.start());
    expect(await site.orthanc.count()).toBe(expected.length);
  });
});
