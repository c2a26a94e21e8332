import { ScansideError } from '../device/errors.ts';
import type { Bundle } from '../models/bundle.ts';
import type { Act } from '../panel/act.ts';
import type { ExamDetail } from '../panel/exam-detail.ts';
import type { PanelRecord } from '../panel/record.ts';
import type { Actor } from '../panel/role.ts';
import type { PanelSource } from '../panel/source.ts';
import type { ActBook } from './acts/act-book.ts';
import type { AiPause } from './acts/ai-pause.ts';
import type { ExamList } from './exam-list.ts';
import { describeExam, type ExamPictures, outcomeDocuments } from './exam-detail.ts';
import { bundleOf, flaggedReports } from './exam-outcome.ts';
import type { QualityService } from './quality/quality-service.ts';
import type { StoredAct } from './spool/act-ledger.ts';
import type { Storage } from './storage.ts';

/** What people are shown of the pictures of an exam. */
export type PicturePorts = Pick<PanelSource, 'thumbnail' | 'preview' | 'heatmap'> & {
  ofExam(examId: string): ExamPictures;
};

export interface ExamPanelOptions {
  storage: Storage;
  bundles: readonly Bundle[];
  exams: ExamList;
  acts: ActBook;
  pause: AiPause;
  quality: Pick<QualityService, 'move' | 'view' | 'readings' | 'read'>;
  /** Wall time, milliseconds since 1970. */
  now(): number;
  pictures: PicturePorts;
  /** Writes down what people saw and did. */
  audit: {
    record(record: PanelRecord): Promise<void>;
    acted(actor: Actor, act: Act): Promise<void>;
  };
  /** Told after an act that is kept. */
  acted(act: StoredAct): void;
  /** The parts that are about the device. */
  device: Pick<PanelSource, 'device' | 'deviceDetail' | 'models'> & { postponeUpdate(): void };
  service: PanelSource['service'];
  subscribe: PanelSource['subscribe'];
}

/** What the panel is shown and may ask for, over what the appliance keeps. */
export function connectPanel(options: ExamPanelOptions): PanelSource {
  const { exams, acts, pictures, audit, device, subscribe } = options;
  return {
    exams: () => exams.all(),
    device: () => device.device(),
    detail: (examId) => detailOf(options, examId),
    deviceDetail: () => device.deviceDetail(),
    models: () => device.models(),
    quality: () => options.quality.view(),
    readings: (user) => options.quality.readings(user),
    thumbnail: (examId) => pictures.thumbnail(examId),
    preview: (examId, imageId) => pictures.preview(examId, imageId),
    heatmap: (examId, imageId, finding) => pictures.heatmap(examId, imageId, finding),
    seen: (user) => acts.seen(user),
    act: (actor, act) => takeAct(options, actor, act),
    record: (record) => audit.record(record),
    service: options.service,
    subscribe,
  };
}

/** What an act on an exam is judged by. */
export function situationOf(
  { exams, acts, storage }: Pick<ExamPanelOptions, 'exams' | 'acts' | 'storage'>,
  examId: string,
) {
  const results = storage.studies.results(examId);
  return {
    exam: exams.find(examId),
    flaggedReports: flaggedReports(results, acts.ofExam(examId)),
  };
}

async function takeAct(
  options: ExamPanelOptions,
  actor: Actor,
  act: Act,
): Promise<{ actId: string }> {
  const { acts, audit } = options;
  if (act.kind === 'pause' || act.kind === 'resume') {
    steer(options.pause, actor, act);
    await audit.acted(actor, act);
    return { actId: '' };
  }
  if (act.kind === 'postpone-update') {
    options.device.postponeUpdate();
    await audit.acted(actor, act);
    return { actId: '' };
  }
  if (act.kind === 'read-exam') {
    options.quality.read(actor.user, act);
    await audit.acted(actor, act);
    return { actId: '' };
  }
  if (act.kind === 'release-model' || act.kind === 'stop-model') {
    await moveModel(options, actor, act);
    await audit.acted(actor, act);
    return { actId: '' };
  }
  const { actId, stored } = await acts.take(actor, act);
  if (!stored) return { actId };
  options.acted(stored);
  await audit.acted(actor, act);
  return { actId };
}

/** Somebody answers for a model. Rejects with ACT_REFUSED. */
async function moveModel(
  { quality, now }: ExamPanelOptions,
  { user, role }: Actor,
  { kind, model, reason }: Extract<Act, { model: string }>,
): Promise<void> {
  if (role === 'technologist') throw new ScansideError('ACT_REFUSED', 'it is not this role’s');
  const event = kind === 'release-model' ? 'released' : 'stopped';
  await quality.move(model, { event, mover: role, user, reason, at: now() });
}

function steer(
  pause: AiPause,
  { user }: Actor,
  act: Extract<Act, { kind: 'pause' | 'resume' }>,
): void {
  if (act.kind === 'pause') pause.pause(user, act.reason);
  else pause.resume();
}

function detailOf(options: ExamPanelOptions, examId: string): ExamDetail | undefined {
  const { exams, acts, storage, bundles, pictures } = options;
  const exam = exams.find(examId);
  if (!exam) return undefined;
  const views = acts.views(examId);
  const study = storage.studies.study(examId);
  // What is kept aside is no study, and has no picture that anybody may trust.
  if (!study)
    return {
      exam,
      timeline: [{ step: 'first-image', at: exam.receivedAt }],
      images: [],
      previews: 'none',
      aid: undefined,
      acts: views,
    };
  const results = storage.studies.results(examId);
  const standing = exams.standing(study);
  const documents = outcomeDocuments(standing, results);
  return describeExam({
    exam,
    study,
    standing,
    results,
    deliveries: documents.flatMap((uid) => storage.deliveries.ofObject(uid)),
    bundle: bundleOf(standing, bundles),
    pictures: pictures.ofExam(examId),
    acts: views,
  });
}
