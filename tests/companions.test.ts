import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { makeHeadSeries } from '../demo/head-study.ts';
import { makePhantomInstance, type PhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { keyObjectSelection } from '../runtime/report/key-object.ts';
import { secondaryCapture } from '../runtime/report/heatmap.ts';
import { mostKeyImages } from '../runtime/report/key-image.ts';
import {
  deviceAeTitle,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
  journey,
} from './appliance.ts';
import { copyLocalising } from './inference/localising-bundle.ts';
import { describeWith, freePort } from './outside.ts';
import { type Orthanc, startOrthanc } from './peers/orthanc.ts';

const run = promisify(execFile);
const pacsAeTitle = 'TESTPACS';
const report = '1.2.840.10008.5.1.4.1.1.88.34';
const studyUid = '2.25.4711';
const patient = { name: 'DEMO^FLAGGED', id: 'DEMO-0001' };
const names = ['chest-demo', 'ct-head-demo'];

/** A site of one PACS, with models that may say where they react or may not. */
class Site {
  readonly folder = makeDataFolder();
  readonly #models: { folder?: string; enabled: string[] };
  #pacsPort = 0;
  #port = 0;
  orthanc!: Orthanc;

  constructor(localising: boolean) {
    const folder = localising && copyLocalising(join(this.folder, 'models'), names);
    this.#models = { enabled: names, ...(folder && { folder }) };
  }

  async start(): Promise<RunningAppliance> {
    this.#pacsPort ||= await freePort();
    const pacs = { name: 'PACS', host: '127.0.0.1', port: this.#pacsPort, aeTitle: pacsAeTitle };
    const appliance = await startTestAppliance({
      dataFolder: join(this.folder, 'device'),
      receiverPort: this.#port,
      models: this.#models,
      destinations: [pacs],
    });
    this.#port = appliance.port;
    return appliance;
  }

  async startPacs(): Promise<void> {
    this.orthanc = await startOrthanc(join(this.folder, 'pacs'), {
      title: pacsAeTitle,
      dicomPort: this.#pacsPort,
      modalities: { SCANSIDE: { title: deviceAeTitle, port: this.#port } },
    });
    onTestFinished(() => this.orthanc.stop());
  }
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

function head(): PhantomInstance[] {
  const series = makeHeadSeries({
    seed: 1,
    size: 256,
    slices: 12,
    bleeds: ['subdural'],
    mimics: [],
    patient,
    studyInstanceUid: studyUid,
  });
  return [...series];
}

/** SOP classes of what the PACS holds of the study, in the order of their coming. */
async function arrived({ url }: Orthanc): Promise<string[]> {
  const answer = await fetch(`${url}/changes?limit=1000`);
  const { Changes } = (await answer.json()) as { Changes: { ChangeType: string; ID: string }[] };
  const ids = Changes.filter(({ ChangeType }) => ChangeType === 'NewInstance').map(({ ID }) => ID);
  return Promise.all(
    ids.map(async (id) => {
      const tags = await fetch(`${url}/instances/${id}/simplified-tags`);
      return ((await tags.json()) as { SOPClassUID: string }).SOPClassUID;
    }),
  );
}

async function validate(orthanc: Orthanc): Promise<void> {
  const path = join(makeDataFolder(), 'object.dcm');
  for (const id of await orthanc.find('Instance')) {
    writeFileSync(path, await orthanc.file(id));
    const said = await run('dciodvfy', [path]).catch((failure: { stderr: string }) => failure);
    expect(said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
  }
}

describeWith(['Orthanc', 'dciodvfy'], 'what stands beside a report', () => {
  it(
    'of a flagged radiograph is its heatmap, behind the report, both committed',
    journey,
    async () => {
      const site = new Site(true);
      const appliance = await site.start();
      await site.startPacs();
      await sendStudy([radiograph(512)], appliance.scanner);
      await site.orthanc.waitFor(2);
      await appliance.untilCommitted([studyUid]);
      expect(await arrived(site.orthanc)).toEqual([report, secondaryCapture]);
      await validate(site.orthanc);
    },
  );

  it('of a flagged head are its key slices, then heatmaps', journey, async () => {
    const site = new Site(true);
    const appliance = await site.start();
    await site.startPacs();
    await sendStudy(head(), appliance.scanner);
    await site.orthanc.waitFor(5);
    await appliance.untilCommitted([studyUid]);
    const [first, second, ...rest] = await arrived(site.orthanc);
    expect([first, second]).toEqual([report, keyObjectSelection]);
    expect(new Set(rest)).toEqual(new Set([secondaryCapture]));
    expect(rest.length).toBeLessThanOrEqual(mostKeyImages);
    await validate(site.orthanc);
  });
});
