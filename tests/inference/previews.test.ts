import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makePhantomInstance, type PhantomInstanceRequest } from '../../demo/phantom-study.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { keysOf } from '../../device/keys.ts';
import { Previews, type PreviewsOptions } from '../../runtime/preview/previews.ts';
import type { PreviewSubject, StudyImage } from '../../runtime/preview/plan.ts';
import { makeDataFolder } from '../appliance.ts';

const studyUid = '2.25.1';

function subjectOf(instances: StudyImage[]): PreviewSubject {
  return { instances, judged: new Set(), key: undefined };
}

describe('previews', () => {
  let folder: string;
  let subjects: Map<string, PreviewSubject>;
  let log: string[];

  beforeEach(() => {
    folder = makeDataFolder();
    subjects = new Map();
    log = [];
  });

  async function start(options: Partial<PreviewsOptions> = {}): Promise<Previews> {
    const previews = new Previews({
      clock: systemClock,
      files: disk,
      keys: keysOf(new Uint8Array(32).fill(7)),
      folder: join(folder, 'previews'),
      subject: (uid) => subjects.get(uid),
      reaction: () => undefined,
      findKey: () => undefined,
      changed: () => undefined,
      log: (_, event, fields) => void log.push(`${event} ${JSON.stringify(fields)}`),
      ...options,
    });
    onTestFinished(() => previews.close());
    await previews.load();
    return previews;
  }

  function store(name: string, request: Partial<PhantomInstanceRequest> = {}): StudyImage {
    const made = makePhantomInstance({
      seed: 5,
      size: 600,
      patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
      studyInstanceUid: studyUid,
      ...request,
    });
    const path = join(folder, `${name}.dcm`);
    writeFileSync(path, made.dataSet);
    return {
      ...made,
      seriesUid: made.seriesInstanceUid,
      path,
      offset: 0,
      length: made.dataSet.length,
      receivedAt: 1,
      facts: { modality: 'DX', bodyPart: 'CHEST', rows: 600, columns: 600, slice: undefined },
    };
  }

  async function untilReady(previews: Previews) {
    await expect.poll(() => previews.images(studyUid).previews, { timeout: 20_000 }).toBe('ready');
    return previews.images(studyUid).images;
  }

  it('are made in a process and served', async () => {
    subjects.set(studyUid, subjectOf([store('one')]));
    const previews = await start();
    previews.make(studyUid);
    const [image] = await untilReady(previews);
    console.log(image, log);
    const picture = await previews.preview(studyUid, image!.id);
    expect(picture?.bytes.length).toBe(2 * 600 * 600);
    const thumbnail = await previews.thumbnail(studyUid);
    console.log(thumbnail?.bytes.length);
    writeFileSync('/tmp/thumb.png', thumbnail!.bytes);
  });
});
