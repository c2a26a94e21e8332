import fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { conditionText } from '../device/conditions.ts';
import { makePhantomInstance, type PhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { machineRoots } from '../device/machine/attribute.ts';
import { storePriorities } from '../runtime/dicom/dimse.ts';
import type { DataSet } from '../runtime/dicom/data-set.ts';
import { readDocument } from '../runtime/report/rules/document.ts';
import {
  forgetState,
  isTerminal,
  journey,
  makeDataFolder,
  readSpool,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { temporaryFolder, until } from './peers/process.ts';

const study = (seed: number, images = 1): PhantomInstance[] =>
  Array.from({ length: images }, (_, at) =>
    makePhantomInstance({
      seed: seed + at,
      size: 256,
      patient: { name: 'DEMO^TEST', id: `DEMO-${seed}` },
      studyInstanceUid: `2.25.${seed}`,
      instanceNumber: at + 1,
    }),
  );

/** Every text of a report, but for the UIDs, dates and times, which are those of one device and one moment. */
function wordsOf(report: Uint8Array = new Uint8Array()): string[] {
  const strings = ({ elements }: DataSet): string[] =>
    [...elements.values()].flatMap(({ tag, vr, value, items }) => [
      `${tag.toString(16)} ${/^(UI|DA|TM|DT)$/.test(vr) ? '' : Buffer.from(value).toString()}`,
      ...(items ?? []).flatMap(strings),
    ]);
  return strings(readDocument(report).header);
}

/** A machine with one sensor, which shows what it is told. */
function makeMachine() {
  const folder = temporaryFolder();
  const zone = join(folder.path, 'class', 'thermal', 'thermal_zone0');
  fs.mkdirSync(zone, { recursive: true });
  const write = (name: string, text: string) => fs.writeFileSync(join(zone, name), `${text}\n`);
  write('type', 'gpu-thermal');
  write('trip_point_0_type', 'passive');
  write('trip_point_0_temp', '90000');
  return {
    roots: { ...machineRoots, sysRoot: folder.path },
    heat: (celsius: number) => write('temp', String(celsius * 1000)),
    remove: () => folder.remove(),
  };
}

const warningsOf = (appliance: RunningAppliance) =>
  appliance.source.device().conditions.map(conditionText).join('\n');

it(
  'too hot: images are taken and kept, the panel says so, and what waited is done later',
  journey,
  async () => {
    const machine = makeMachine();
    machine.heat(91);
    const dataFolder = makeDataFolder();
    const hot = await startTestAppliance({ dataFolder, machine: machine.roots });
    await sendStudy(study(7100, 3), hot.scanner);
    const isHeld = () => hot.source.device().engine === 'held';
    expect(await until(isHeld, 20_000)).toBe(true);
    expect(warningsOf(hot)).toContain('AI IS STOPPED, this device is too hot');
    await hot.untilExams(['2.25.7100'], ({ state }) => state === 'analysing');
    expect(hot.exam('2.25.7100')).toMatchObject({ images: 3, outcome: { state: 'pending' } });
    await hot.stop();

    machine.heat(50);
    const cool = await startTestAppliance({ dataFolder, machine: machine.roots });
    await cool.untilExams(['2.25.7100'], isTerminal);
    expect(cool.exam('2.25.7100')?.outcome.state).not.toBe('not-analysed');
    expect(warningsOf(cool)).not.toContain('AI IS STOPPED');
    await cool.stop();
    machine.remove();
  },
);

it(
  'the engine stands still: the scanner notices nothing, and each exam ends with its result',
  journey,
  async () => {
    const appliance = await startTestAppliance();
    await sendStudy(study(7200), appliance.scanner);
    await appliance.untilExams(['2.25.7200'], isTerminal);
    const victim = appliance.pids.engine;
    process.kill(victim ?? 0, 'SIGSTOP');
    await sendStudy(study(7210, 4), appliance.scanner);
    expect(appliance.exam('2.25.7210')?.images).toBe(4);
    await appliance.untilExams(['2.25.7210'], isTerminal);
    expect(appliance.exam('2.25.7210')?.outcome.state).not.toBe('not-analysed');
    expect(appliance.pids.engine).not.toBe(victim);
    expect(appliance.log.join('\n')).toMatch(/engine ended .*did not answer within/);
  },
);

it(
  'what the scanner sends as urgent is STAT, also after the index is made again',
  journey,
  async () => {
    const urgent = study(7300).map((each) => ({ ...each, priority: storePriorities.high }));
    const first = await startTestAppliance();
    await sendStudy(urgent, first.scanner);
    await sendStudy(study(7310), first.scanner);
    await first.untilExams(['2.25.7300', '2.25.7310'], isTerminal);
    const marks = (appliance: RunningAppliance) =>
      ['2.25.7300', '2.25.7310'].map((id) => appliance.exam(id)?.urgent);
    expect(marks(first)).toEqual(['sent with high priority', '']);
    await first.stop();
    forgetState(first.dataFolder);
    const second = await startTestAppliance({ dataFolder: first.dataFolder });
    await second.untilExams(['2.25.7300'], isTerminal);
    expect(marks(second)).toEqual(['sent with high priority', '']);
  },
);

it('an exam is raised once, and the panel says that a person did it', journey, async () => {
  const appliance = await startTestAppliance();
  await sendStudy(study(7400, 2), appliance.scanner);
  await appliance.untilExams(['2.25.7400'], () => true);
  const actor = { user: 'ada', role: 'technologist', address: '127.0.0.1' } as const;
  const raise = () => appliance.source.act(actor, { kind: 'raise', examId: '2.25.7400' });
  await raise();
  await expect(raise()).rejects.toMatchObject({ code: 'ACT_REFUSED' });
  await appliance.untilExams(['2.25.7400'], isTerminal);
  expect(appliance.exam('2.25.7400')?.urgent).toBe('raised on the panel');
});

it(
  'a result later than wanted is marked on the panel and in the ledger, and its object is no other',
  journey,
  async () => {
    const run = async (seconds: number) => {
      const inference = { deadlineSeconds: { image: seconds } };
      const appliance = await startTestAppliance({ inference });
      await sendStudy(study(7500), appliance.scanner);
      await appliance.untilExams(['2.25.7500'], isTerminal);
      const [record] = readSpool(appliance.dataFolder, 'outgoing');
      return { late: appliance.exam('2.25.7500')?.late, record };
    };
    const [inTime, late] = [await run(600), await run(0.001)];
    expect([inTime.late, inTime.record?.meta['late']]).toEqual([false, false]);
    expect([late.late, late.record?.meta['late']]).toEqual([true, true]);
    expect(wordsOf(late.record?.data)).toEqual(wordsOf(inTime.record?.data));
    expect(late.record?.data.includes('late')).toBe(false);
  },
);

it(
  'an inference server that is not there: exams are done here, and the panel says so',
  journey,
  async () => {
    const inference = { kserve: { url: 'http://127.0.0.1:9' } };
    const appliance = await startTestAppliance({ inference });
    await sendStudy(study(7600), appliance.scanner);
    await appliance.untilExams(['2.25.7600'], isTerminal);
    expect(appliance.exam('2.25.7600')?.outcome.state).not.toBe('not-analysed');
    expect(appliance.source.device().accelerator).toBe('server');
    expect(warningsOf(appliance)).toContain(
      'AI runs on this device and not on the inference server',
    );
  },
);

it(
  'a library that is none: exams are done with the one that comes with the program, and it says so',
  journey,
  async () => {
    const inference = { engine: 'ort-capi', library: '/nowhere/libonnxruntime.so' };
    const appliance = await startTestAppliance({ inference });
    await sendStudy(study(7700), appliance.scanner);
    await appliance.untilExams(['2.25.7700'], isTerminal);
    expect(appliance.exam('2.25.7700')?.outcome.state).not.toBe('not-analysed');
    expect(appliance.log.join('\n')).toMatch(/engine refused .*ENGINE_LIBRARY_REFUSED.*nowhere/);
  },
);
