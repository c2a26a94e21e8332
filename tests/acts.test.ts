import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { showEvents, type ShownEvent } from '../audit/export.ts';
import { readLog } from '../audit/frame-reader.ts';
import { makePhantomInstance, type PhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { disk } from '../device/files.ts';
import type { Act } from '../panel/act.ts';
import type { Actor } from '../panel/role.ts';
import type { ExamView } from '../panel/source.ts';
import {
  deviceAeTitle,
  forgetState,
  isTerminal,
  journey,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { copyLocalising } from './inference/localising-bundle.ts';
import { describeWith, freePort, sharedFolder } from './outside.ts';
import { type Orthanc, startOrthanc } from './peers/orthanc.ts';
import { until } from './peers/process.ts';

const run = promisify(execFile);
const validator = join(sharedFolder() ?? '../shared', 'tools', 'sr-validate', 'sr-validate');
const ada: Actor = { user: 'ada', role: 'radiologist', address: '10.0.0.7' };
const bob: Actor = { user: 'bob', role: 'technologist', address: '10.0.0.8' };
const patient = { name: 'DEMO^ACTS', id: 'SECRET-77' };

function radiograph(studyUid: string): PhantomInstance {
  return makePhantomInstance({
    seed: 3,
    size: 512,
    findings: ['pneumothorax'],
    patient,
    studyInstanceUid: studyUid,
  });
}

/** A device and its PACS. After a restart both are where they were. */
class Site {
  readonly folder = makeDataFolder();
  readonly hospital = generateKeyPairSync('x25519');
  readonly #models = copyLocalising(makeDataFolder(), ['chest-demo']);
  readonly orthanc: Orthanc;
  readonly port: number;
  appliance!: RunningAppliance;

  private constructor(orthanc: Orthanc, port: number) {
    this.orthanc = orthanc;
    this.port = port;
    const key = this.hospital.publicKey.export({ format: 'pem', type: 'spki' });
    writeFileSync(join(this.folder, 'hospital.pem'), key);
  }

  static async open(): Promise<Site> {
    const port = await freePort();
    const orthanc = await startOrthanc(makeDataFolder(), {
      title: 'TESTPACS',
      modalities: { SCANSIDE: { title: deviceAeTitle, port } },
    });
    onTestFinished(() => orthanc.stop());
    const site = new Site(orthanc, port);
    await site.start();
    return site;
  }

  async start(): Promise<void> {
    this.appliance = await startTestAppliance({
      dataFolder: join(this.folder, 'device'),
      receiverPort: this.port,
      models: { folder: this.#models, enabled: ['chest-demo'] },
      audit: { hospitalKeyFile: join(this.folder, 'hospital.pem') },
      destinations: [
        { name: 'PACS', host: '127.0.0.1', port: this.orthanc.dicomPort, aeTitle: 'TESTPACS' },
      ],
    });
  }

  /** Ends the device and starts it again, with or without what is only its index. */
  async restart(index: 'kept' | 'lost'): Promise<void> {
    await this.appliance.stop();
    if (index === 'lost') forgetState(join(this.folder, 'device'));
    await this.start();
  }

  async send(studyUid: string): Promise<void> {
    await sendStudy([radiograph(studyUid)], this.appliance.scanner);
  }

  exam(id: string): ExamView {
    const exam = this.appliance.exam(id);
    if (!exam) throw new Error(`${id} is not there`);
    return exam;
  }

  act(actor: Actor, act: Act): Promise<{ actId: string }> {
    return this.appliance.source.act(actor, act);
  }

  /** The audit log of the stopped device, proved with its key and opened with the hospital's. */
  events(): ShownEvent[] {
    const folder = join(this.folder, 'device', 'audit');
    const events: ShownEvent[] = [];
    const publicKey = createPublicKey(readFileSync(join(folder, 'device.pem')));
    const keys = { publicKey, hospital: this.hospital.privateKey };
    const verdict = showEvents(readLog(disk, folder), keys, (event) => events.push(event));
    expect(verdict.fault).toBeUndefined();
    return events;
  }
}

describeWith(['Orthanc'], 'what people do on an exam', () => {
  it('is kept over a restart and a lost index, for each person', journey, async () => {
    const site = await Site.open();
    const examId = '2.25.810';
    await site.send(examId);
    await site.appliance.untilCommitted([examId]);
    const { outcomeId } = site.exam(examId);
    const seen = await site.act(ada, { kind: 'seen', examId, outcomeId });
    expect(await site.act(ada, { kind: 'seen', examId, outcomeId })).toEqual(seen);
    await site.act(bob, { kind: 'seen', examId, outcomeId });
    await site.act(bob, { kind: 'unseen', examId });
    const note = 'left\u0000 apex \u202e';
    const disagree = { kind: 'disagree', examId, outcomeId, reason: 'artifact', note } as const;
    const { actId } = await site.act(bob, disagree);
    const taken = await site.act(ada, { ...disagree, reason: 'not-seen' });
    await site.act(ada, { kind: 'retract', examId, actId: taken.actId });
    await expect(site.act(bob, { ...disagree, outcomeId: 'old' })).rejects.toMatchObject({
      code: 'OUTCOME_CHANGED',
    });
    await expect(site.act(bob, { kind: 'raise', examId: '1.2' })).rejects.toMatchObject({
      code: 'EXAM_UNKNOWN',
    });
    await expect(site.act(bob, { kind: 'repeat-taken', examId, outcomeId })).rejects.toMatchObject({
      code: 'ACT_REFUSED',
    });

    const standing = site.exam(examId);
    for (const index of ['kept', 'lost'] as const) {
      await site.restart(index);
      await site.appliance.untilCommitted([examId]);
      const { source } = site.appliance;
      expect([...source.seen('ada')], index).toEqual([[examId, outcomeId]]);
      expect(source.seen('bob').size, index).toBe(0);
      const { acts, exam, timeline } = source.detail(examId)!;
      expect(acts).toEqual([
        expect.objectContaining({ id: actId, kind: 'disagree', user: 'bob', note: 'left  apex' }),
      ]);
      expect(exam).toMatchObject({
        outcome: { state: 'flagged', withdrawn: false },
        outcomeId,
        resultAt: standing.resultAt,
      });
      expect(timeline.map(({ step }) => step)).toEqual([
        'first-image',
        'complete',
        'result',
        'sent',
        'committed',
      ]);
      expect(timeline.map(({ at }) => at)).toEqual(
        timeline.map(({ at }) => at).toSorted((a, b) => a - b),
      );
    }
    expect(await site.orthanc.count({ Modality: 'SR' }), 'an opinion changes no report').toBe(1);
  });

  it(
    'goes with pictures that are made once, and aid for those who may see it',
    journey,
    async () => {
      const site = await Site.open();
      const examId = '2.25.815';
      await site.send(examId);
      await site.appliance.untilCommitted([examId]);
      const { source } = site.appliance;
      expect(await until(() => site.exam(examId).thumbnail !== '', 60_000)).toBe(true);
      const { images, aid, exam } = source.detail(examId)!;
      const [image] = images;
      expect(aid).toMatchObject({
        findings: [{ id: 'pneumothorax' }],
        keyImage: image?.id,
        heatmaps: [{ imageId: image?.id, finding: 'pneumothorax' }],
      });
      expect(exam.thumbnail).toMatch(/^[0-9a-f]+$/);
      expect((await source.thumbnail(examId))?.etag).toBe(exam.thumbnail);
      expect((await source.preview(examId, image!.id))?.etag).toBe(image?.etag);
      expect(await source.heatmap(examId, image!.id, 'pneumothorax')).toMatchObject({
        type: 'image/png',
      });
      expect(await source.heatmap(examId, image!.id, 'other')).toBeUndefined();
      const { outcomeId } = exam;
      await site.act(ada, { kind: 'withdraw', examId, outcomeId, reason: 'artifact', note: '' });
      expect(source.detail(examId)?.aid).toBeUndefined();
      expect(await source.heatmap(examId, image!.id, 'pneumothorax')).toBeUndefined();
    },
  );
});

describeWith(['Orthanc', 'dciodvfy'], 'a flag that is withdrawn', () => {
  it('is amended in the PACS; the report that raised it stays', journey, async () => {
    const site = await Site.open();
    const examId = '2.25.811';
    await site.send(examId);
    await site.appliance.untilCommitted([examId]);
    expect(await site.orthanc.waitFor(2), 'the report and its picture').toBe(true);
    const [original = ''] = await site.orthanc.find('Instance', { Modality: 'SR' });
    const before = await site.orthanc.file(original);
    const { outcomeId } = site.exam(examId);
    const withdraw = { kind: 'withdraw', examId, reason: 'false-flag', note: '' } as const;
    await site.act(ada, { ...withdraw, outcomeId });
    expect(site.exam(examId).outcome).toMatchObject({ state: 'flagged', withdrawn: true });
    expect(site.exam(examId).outcomeId).not.toBe(outcomeId);
    expect(site.appliance.source.detail(examId)?.aid).toBeUndefined();
    await expect(site.act(ada, { ...withdraw, outcomeId })).rejects.toMatchObject({
      code: 'OUTCOME_CHANGED',
    });
    await expect(
      site.act(ada, { ...withdraw, outcomeId: site.exam(examId).outcomeId }),
    ).rejects.toMatchObject({ code: 'ACT_REFUSED' });
    expect(await site.orthanc.waitFor(2, { Modality: 'SR' })).toBe(true);
    await site.appliance.untilCommitted([examId]);

    const ids = await site.orthanc.find('Instance', { Modality: 'SR' });
    const amended = ids.find((id) => id !== original) ?? '';
    expect(await site.orthanc.file(original)).toEqual(before);
    const text = JSON.stringify(await site.orthanc.instances());
    expect(text).toContain('Not for Presentation');
    expect(text).toContain('Disagreement with prior findings');
    expect(text).not.toContain('"ada"');
    const path = join(site.folder, 'amended.dcm');
    writeFileSync(path, await site.orthanc.file(amended));
    const said = await run('dciodvfy', [path]).catch((failure: { stderr: string }) => failure);
    expect(said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
    if (disk.exists(validator)) {
      const judged = await run(validator, [path]);
      expect(judged.stdout.trim().split('\n').at(-1)).toMatch(/errors=0 warnings=0/);
    }

    for (const index of ['kept', 'lost'] as const) {
      await site.restart(index);
      await site.appliance.untilCommitted([examId]);
      expect(site.exam(examId).outcome, index).toMatchObject({ withdrawn: true });
      expect(await site.orthanc.count(), index).toBe(3);
      expect(await site.orthanc.count({ Modality: 'SR' }), index).toBe(2);
    }
  });
});

it('a pause outlives a restart, and what ends under it stays so', journey, async () => {
  const dataFolder = makeDataFolder();
  const first = await startTestAppliance({ dataFolder });
  await first.source.act(bob, { kind: 'pause', reason: 'maintenance' });
  await first.stop();
  const second = await startTestAppliance({ dataFolder });
  const { pause, conditions } = second.source.device();
  expect(pause).toMatchObject({ paused: true, user: 'bob', reason: 'maintenance' });
  expect(conditions.map(({ id }) => id)).toContain('ai-paused');
  await sendStudy([radiograph('2.25.812')], second.scanner);
  await second.untilExams(['2.25.812'], isTerminal);
  const paused = { outcome: { state: 'not-analysed', reason: 'paused' } };
  expect(second.exam('2.25.812')).toMatchObject(paused);
  await second.source.act(ada, { kind: 'resume' });
  await expect(second.source.act(ada, { kind: 'resume' })).rejects.toMatchObject({
    code: 'ACT_REFUSED',
  });
  await sendStudy([radiograph('2.25.813')], second.scanner);
  await second.untilExams(['2.25.813'], isTerminal);
  expect(second.exam('2.25.813')?.outcome.state).toBe('flagged');
  expect(second.exam('2.25.812')).toMatchObject(paused);
  await second.stop();
  const third = await startTestAppliance({ dataFolder });
  expect(third.source.device().pause).toEqual({ paused: false });
  expect(third.exam('2.25.812')).toMatchObject(paused);
});

describeWith(['Orthanc'], 'the audit log of the appliance', () => {
  it(
    'tells who did what, what came, was judged and went, and names no patient',
    journey,
    async () => {
      const site = await Site.open();
      const examId = '2.25.814';
      await site.send(examId);
      await site.appliance.untilCommitted([examId]);
      const { source } = site.appliance;
      const { outcomeId } = site.exam(examId);
      await source.record({
        kind: 'shown',
        actor: ada,
        examId,
        outcome: outcomeId,
        profile: 'triage-notify',
      });
      await source.record({ kind: 'opened', actor: ada, examId });
      await source.record({ kind: 'signed-in', actor: ada });
      await source.record({
        kind: 'sign-in-failed',
        user: '',
        address: '10.0.0.9',
        reason: 'unknown',
      });
      await source.record({
        kind: 'refused',
        user: 'bob',
        role: 'technologist',
        address: '10.0.0.8',
        reason: 'role',
        item: '/api/exams/:id/withdraw',
      });
      const note = `seen by ${patient.name}`;
      await source.act(ada, { kind: 'withdraw', examId, outcomeId, reason: 'false-flag', note });
      await source.act(bob, { kind: 'pause', reason: 'other' });
      await source.act(bob, { kind: 'resume' });
      await site.appliance.stop();

      const events = site.events();
      const find = (name: string) => events.find((event) => event.name === name);
      expect(find('application-start')?.fields['newHash']).toMatch(/^[0-9a-f]{64}$/);
      expect(find('instances-received')?.fields).toMatchObject({
        studyUid: examId,
        instances: 1,
        source: 'SCANNER',
      });
      expect(find('ai-inference')?.fields).toMatchObject({
        studyUid: examId,
        model: 'chest-demo',
        output: 'flagged',
        provider: 'cpu',
        quality: 'accepted',
        findings: ['pneumothorax'],
      });
      expect(find('instances-sent')?.fields).toMatchObject({
        studyUid: examId,
        destination: 'TESTPACS',
      });
      expect(find('impression-shown')?.fields).toMatchObject({ user: 'ada', output: outcomeId });
      expect(find('instances-accessed')?.fields).toMatchObject({ user: 'ada', studyUid: examId });
      expect(events.filter(({ name }) => name === 'login').map(({ outcome }) => outcome)).toEqual([
        0, 4,
      ]);
      expect(find('restricted-function')).toMatchObject({
        outcome: 4,
        fields: { item: 'api/exams/:id/withdraw', reason: 'role' },
      });
      expect(find('action-taken')?.fields).toMatchObject({
        item: 'withdraw',
        reason: 'false-flag',
        user: 'ada',
        role: 'radiologist',
        studyUid: examId,
      });
      expect(find('ai-paused')?.fields).toMatchObject({ user: 'bob', reason: 'other' });
      expect(find('ai-resumed')?.fields).toMatchObject({ user: 'bob' });
      expect(events.at(-2)?.name).toBe('application-stop');
      const text = JSON.stringify(events);
      for (const secret of ['DEMO', patient.id, 'seen by']) expect(text).not.toContain(secret);
    },
  );
});
