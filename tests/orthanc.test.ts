import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { type DemoStudy, makeDemoStudy } from '../demo/demo-studies.ts';
import { ExamWatch } from '../demo/exam-watch.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import {
  deviceAeTitle,
  forgetState,
  isTerminal,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
  journey,
} from './appliance.ts';
import { describeWith, freePort } from './outside.ts';
import { storescu } from './peers/dcmtk.ts';
import { type Orthanc, startOrthanc } from './peers/orthanc.ts';

const pacsAeTitle = 'TESTPACS';
const seed = 4100;
const reports = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.34' };

function makeStudies(first: number, count: number): DemoStudy[] {
  return Array.from({ length: count }, (_, at) => makeDemoStudy(seed, first + at));
}

const uidsOf = (studies: DemoStudy[]): string[] => studies.map(({ studyUid }) => studyUid);

/** An appliance whose PACS is to listen on this port. */
function startWithPacs(port: number, again: { dataFolder?: string; receiverPort?: number } = {}) {
  const pacs = { name: 'PACS', host: '127.0.0.1', port, aeTitle: pacsAeTitle };
  const models = { enabled: ['chest-child', 'ct-head-demo'] };
  return startTestAppliance({ ...again, models, destinations: [pacs] });
}

/** Orthanc on that port, which knows the appliance and reports commitments to it. */
async function startPacs(dicomPort: number, appliance: RunningAppliance): Promise<Orthanc> {
  const modalities = { SCANSIDE: { title: deviceAeTitle, port: appliance.port } };
  const orthanc = await startOrthanc(makeDataFolder(), {
    title: pacsAeTitle,
    dicomPort,
    modalities,
  });
  onTestFinished(() => orthanc.stop());
  return orthanc;
}

async function send(studies: DemoStudy[], { scanner }: RunningAppliance): Promise<void> {
  for (const { instances } of studies) await sendStudy(instances, scanner);
}

/** Study of every report that Orthanc holds, sorted: a report twice is a study twice. */
async function reportedStudies(orthanc: Orthanc): Promise<string[]> {
  const held = await orthanc.instances(reports);
  return held.map((tags) => String(tags['StudyInstanceUID'])).sort();
}

/** Milliseconds from each exam's result to its commitment, shortest first. */
async function timeCommitments(appliance: RunningAppliance, ids: string[]): Promise<number[]> {
  const watch = new ExamWatch(appliance.source, systemClock);
  const times = await Promise.all(
    ids.map(async (id) => {
      const result = await watch.until(id, isTerminal);
      return (await watch.until(id, ({ state }) => state === 'committed')) - result;
    }),
  );
  watch.stop();
  return times.sort((a, b) => a - b);
}

function printTimes(times: number[]): void {
  const at = (part: number) => Math.round(times[Math.ceil(part * times.length) - 1] ?? 0);
  const line = `result to commitment, ${times.length} studies: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
  process.stdout.write(`${line}\n`);
}

describeWith(['Orthanc', 'storescu'], 'Orthanc as the PACS', () => {
  it(
    'gets and commits every result after it was away, and each one once though state is lost',
    journey,
    async () => {
      const pacsPort = await freePort();
      const appliance = await startWithPacs(pacsPort);
      const studies = makeStudies(0, 6);
      const ids = uidsOf(studies);
      await send(studies, appliance);
      await appliance.untilExams(ids, isTerminal);
      expect(appliance.exams().map(({ state }) => state)).toEqual(ids.map(() => 'reported'));

      const orthanc = await startPacs(pacsPort, appliance);
      await appliance.untilCommitted(ids);
      expect(await reportedStudies(orthanc)).toEqual(ids.toSorted());
      const before = await orthanc.count();

      await appliance.stop();
      const { dataFolder, port } = appliance;
      forgetState(dataFolder);
      const again = await startWithPacs(pacsPort, { dataFolder, receiverPort: port });
      await again.untilCommitted(ids);
      expect(await orthanc.count()).toBe(before);
      expect(await reportedStudies(orthanc)).toEqual(ids.toSorted());
    },
  );

  it('sends a study itself and gets the result back into it', journey, async () => {
    const pacsPort = await freePort();
    const appliance = await startWithPacs(pacsPort);
    const orthanc = await startPacs(pacsPort, appliance);
    const { studyUid, instances } = makeDemoStudy(seed, 0);
    const path = join(makeDataFolder(), 'image.dcm');
    for (const instance of instances) writeFileSync(path, writePart10(instance, instance.dataSet));
    const to = { port: pacsPort, calling: 'MODALITY', called: pacsAeTitle };
    // The radiographs of the demonstration are JPEG baseline.
    expect(await storescu(to, [path], ['-xy'])).toMatchObject({ code: 0 });

    await orthanc.sendTo('SCANSIDE', await orthanc.find('Study', { StudyInstanceUID: studyUid }));
    await appliance.untilCommitted([studyUid]);
    expect(appliance.exam(studyUid)?.outcome.state).toBe('flagged');
    expect(await reportedStudies(orthanc)).toEqual([studyUid]);
    expect(await orthanc.find('Study')).toHaveLength(1);

    const more = makeStudies(1, 6);
    const timed = timeCommitments(appliance, uidsOf(more));
    await send(more, appliance);
    printTimes(await timed);
    expect(await reportedStudies(orthanc)).toEqual([studyUid, ...uidsOf(more)].sort());
  });
});
