import { ScansideError } from '../device/errors.ts';
import type { Act } from '../panel/act.ts';
import type { DeviceDetail } from '../panel/device-detail.ts';
import type { ExamDetail, Picture } from '../panel/exam-detail.ts';
import type { ModelView } from '../panel/model-view.ts';
import type { QualityView, ReadingExam } from '../panel/quality-view.ts';
import { noQuality } from './panel-quality.ts';
import { SampleServiceDesk } from './panel-service.ts';
import type { PanelRecord } from '../panel/record.ts';
import type { Actor } from '../panel/role.ts';
import type { DeviceView, ExamView, PanelSource } from '../panel/source.ts';

const noon = 1_800_000_000_000;

/** An exam that waits, with what a test changes. */
export function exam(change: Partial<ExamView> = {}): ExamView {
  return {
    id: 'e1',
    patientName: 'Sample^Ada',
    patientId: 'P-1001',
    birthDate: '19610203',
    sex: 'F',
    accessionNumber: 'A4412',
    modality: 'DX',
    description: 'CHEST PA',
    images: 1,
    receivedAt: noon - 14_000,
    updatedAt: noon,
    version: 1,
    state: 'analysing',
    outcome: { state: 'pending' },
    model: 'chest-demo 0.1.0',
    demo: false,
    profile: 'concurrent-aid',
    outcomeId: '',
    resultAt: undefined,
    deliveredAt: undefined,
    delivery: 'none',
    destination: '',
    thumbnail: '',
    repeatTaken: false,
    urgent: '',
    late: false,
    ...change,
  };
}

export function device(change: Partial<DeviceView> = {}): DeviceView {
  return {
    name: 'BAY 3 X-RAY',
    serial: 'SC-0001',
    now: noon,
    lastScannerMessageAt: noon - 14_000,
    queue: 1,
    pacs: 'ok',
    outboxWaiting: 0,
    model: 'chest-demo 0.1.0',
    demo: false,
    engine: 'ok',
    accelerator: 'processor',
    hottest: 51,
    diskFreePercent: 69,
    conditions: [],
    pause: { paused: false },
    ...change,
  };
}

/** A source that a test fills. */
export class SampleSource implements PanelSource {
  list: ExamView[] = [];
  state = device();
  readonly #listeners = new Set<(examId: string | undefined) => void>();

  exams(): ExamView[] {
    return this.list.toSorted((a, b) => b.receivedAt - a.receivedAt);
  }

  device(): DeviceView {
    return this.state;
  }

  details = new Map<string, ExamDetail>();
  pictures = new Map<string, Picture>();
  modelViews: ModelView[] = [];
  qualityView: QualityView = noQuality;
  readonly service = new SampleServiceDesk();
  deviceGroups: DeviceDetail = { groups: [] };
  readonly seenBy = new Map<string, Map<string, string>>();
  /** What people did and what was recorded of them, in order. */
  readonly acts: { actor: Actor; act: Act }[] = [];
  readonly records: PanelRecord[] = [];

  detail(examId: string): ExamDetail | undefined {
    return this.details.get(examId);
  }

  deviceDetail(): DeviceDetail {
    return this.deviceGroups;
  }

  models(): ModelView[] {
    return this.modelViews;
  }

  readingExams: ReadingExam[] = [];

  readings(): ReadingExam[] {
    return this.readingExams;
  }

  quality(): QualityView {
    return this.qualityView;
  }

  async thumbnail(examId: string): Promise<Picture | undefined> {
    return this.pictures.get(examId);
  }

  async preview(examId: string, imageId: string): Promise<Picture | undefined> {
    return this.pictures.get(`${examId}/${imageId}`);
  }

  async heatmap(examId: string, imageId: string, finding: string): Promise<Picture | undefined> {
    return this.pictures.get(`${examId}/${imageId}/${finding}`);
  }

  seen(user: string): ReadonlyMap<string, string> {
    return this.seenBy.get(user) ?? new Map();
  }

  async act(actor: Actor, act: Act): Promise<{ actId: string }> {
    if ('examId' in act && !this.list.some(({ id }) => id === act.examId))
      throw new ScansideError('EXAM_UNKNOWN', act.examId);
    this.acts.push({ actor, act });
    const seen = this.seenBy.get(actor.user) ?? new Map<string, string>();
    if (act.kind === 'seen') seen.set(act.examId, act.outcomeId);
    if (act.kind === 'unseen') seen.delete(act.examId);
    this.seenBy.set(actor.user, seen);
    if (act.kind === 'pause')
      this.putDevice({
        pause: { paused: true, since: noon, user: actor.user, reason: act.reason, remindAt: noon },
      });
    if (act.kind === 'resume') this.putDevice({ pause: { paused: false } });
    if ('examId' in act) this.#tell(act.examId);
    return { actId: String(this.acts.length) };
  }

  async record(record: PanelRecord): Promise<void> {
    this.records.push(record);
  }

  subscribe(listener: (examId: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Adds an exam or replaces the one of the same id, and tells. */
  put(view: ExamView): void {
    this.list = [...this.list.filter(({ id }) => id !== view.id), view];
    this.#tell(view.id);
  }

  remove(examId: string): void {
    this.list = this.list.filter(({ id }) => id !== examId);
    this.#tell(examId);
  }

  putDevice(change: Partial<DeviceView>): void {
    this.state = { ...this.state, ...change };
    this.#tell(undefined);
  }

  #tell(examId: string | undefined): void {
    for (const listener of this.#listeners) listener(examId);
  }
}

/** One exam of every outcome and state that the panel tells apart, newest first. */
export function everyOutcome(): ExamView[] {
  const before = (seconds: number) => ({ receivedAt: noon - seconds * 1000 });
  return [
    exam({ id: 'receiving', state: 'receiving', images: 132, modality: 'CT', ...before(4) }),
    exam({
      id: 'flagged',
      ...before(14),
      patientName: 'O’Neill^Ömer=大西^望',
      state: 'committed',
      outcome: {
        state: 'flagged',
        labels: ['suspected opacity', 'effusion'],
        missed: 1,
        withdrawn: false,
      },
      images: 2,
    }),
    exam({
      id: 'out-of-scope',
      ...before(130),
      patientName: 'بن علي^سعاد',
      patientId: 'P-1003',
      description: 'KNEE LEFT',
      state: 'complete',
      outcome: {
        state: 'not-analysed',
        reason: 'out-of-scope',
        detail: 'No model on this device is intended for this kind of image',
      },
    }),
    exam({
      id: 'no-flag',
      ...before(393),
      patientName: 'Example^Grace^^Dr',
      patientId: 'P-1004',
      sex: 'F',
      state: 'delivered',
      outcome: { state: 'no-flag', findingsChecked: 3 },
      delivery: 'stored',
    }),
    exam({
      id: 'quarantined',
      ...before(4000),
      patientName: '',
      patientId: '',
      birthDate: '',
      sex: '',
      accessionNumber: '',
      modality: '',
      description: 'Unreadable object',
      state: 'quarantined',
      outcome: {
        state: 'not-analysed',
        reason: 'unreadable',
        detail: 'The object has no image that can be read',
      },
    }),
  ];
}

const promises = /normal|negative|clear|healthy|\bsafe|rule[sd]? out|green|tick\b|[✓✔☑✅]/i;

/** The first word that must never stand beside an AI outcome, in a text from which the one allowed is taken out. */
export function forbiddenWord(text: string): string | undefined {
  return promises.exec(text.replaceAll('Not a negative finding', ''))?.[0];
}

/** The first number or word that would give away how sure the model is. */
export function certainty(text: string): string | undefined {
  return /\d\s*%|percent|probab|\bscore|confiden|softmax/i.exec(text)?.[0];
}
