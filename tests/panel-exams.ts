import type { ExamDetail } from '../panel/exam-detail.ts';
import type { ExamView } from '../panel/source.ts';
import { chest, head, imageView, previewOf, spotPng, thumbnailOf } from './panel-pictures.ts';
import { exam } from './panel-source.ts';
import type { SampleSource } from './panel-source.ts';

export const opacityFlag = {
  state: 'flagged',
  labels: ['suspected opacity'] as string[],
  missed: 0,
  withdrawn: false,
} as const;

const modelHash = '9f3a51c0'.repeat(8);

/** What a test changes of an exam and of its detail. */
export interface Change {
  exam?: Partial<ExamView>;
  detail?: Partial<Omit<ExamDetail, 'exam'>>;
}

/** Puts an exam with its detail into a source and makes it known. */
export function putDetail(source: SampleSource, detail: ExamDetail): ExamDetail {
  source.details.set(detail.exam.id, detail);
  source.put(detail.exam);
  return detail;
}

/** A flagged chest radiograph with its preview, its thumbnail and one picture of where the model reacted. */
export function putChest(source: SampleSource, change: Change = {}): ExamDetail {
  const view = exam({
    id: 'dx',
    state: 'committed',
    outcome: opacityFlag,
    outcomeId: 'dx-1',
    delivery: 'committed',
    deliveredAt: (change.exam?.receivedAt ?? exam({}).receivedAt) + 9_000,
    destination: 'MAIN_PACS',
    thumbnail: 'dx-t',
    ...change.exam,
  });
  const image = imageView({
    id: 'dx-1',
    rows: 1200,
    columns: 1024,
    etag: 'dx-1-a',
    windows: [
      { name: 'as-stored', center: 1200, width: 2200 },
      { name: 'percentile', center: 1100, width: 1500 },
    ],
  });
  source.pictures.set(`${view.id}/dx-1`, previewOf(image, chest));
  source.pictures.set(`${view.id}/dx-1/opacity`, spotPng(256, { x: -0.45, y: 0.25 }, 0.3));
  source.pictures.set(view.id, thumbnailOf(chest, [100, 2300]));
  putModel(source, 'chest-demo');
  return putDetail(source, {
    exam: view,
    timeline: timelineOf(view),
    images: [image],
    previews: 'ready',
    aid: {
      findings: [
        {
          id: 'opacity',
          label: 'suspected opacity',
          tier: 'high',
          confirmed: { count: 164, of: 400, low: 0.3615, high: 0.4598 },
          spread: 'low',
        },
      ],
      keyImage: 'dx-1',
      heatmaps: [{ imageId: 'dx-1', finding: 'opacity' }],
      statement: '',
    },
    acts: [],
    ...change.detail,
  });
}

const slices = 11;

/** A flagged CT of a head: eleven slices around the middle one. */
export function putHead(source: SampleSource, change: Change = {}): ExamDetail {
  const view = exam({
    id: 'ct',
    patientName: 'Example^Grace^^Dr',
    patientId: 'P-1004',
    modality: 'CT',
    description: 'HEAD W/O CONTRAST',
    images: 160,
    state: 'delivered',
    outcome: { ...opacityFlag, labels: ['suspected intracranial haemorrhage'] },
    outcomeId: 'ct-1',
    delivery: 'stored',
    model: 'head-demo 0.2.0',
    thumbnail: 'ct-t',
    ...change.exam,
  });
  const images = Array.from({ length: slices }, (_, at) =>
    imageView({
      id: `ct-${at}`,
      number: 75 + at,
      rows: 512,
      columns: 512,
      signed: true,
      windows: [
        { name: 'brain', center: 40, width: 80 },
        { name: 'subdural', center: 75, width: 215 },
        { name: 'bone', center: 600, width: 2800 },
      ],
      etag: `ct-${at}-a`,
    }),
  );
  for (const [at, image] of images.entries())
    source.pictures.set(`${view.id}/${image.id}`, previewOf(image, head((at - 5) / 9)));
  source.pictures.set(`${view.id}/ct-5/ich`, spotPng(256, { x: 0.34, y: 0.12 }, 0.25));
  source.pictures.set(view.id, thumbnailOf(head(0), [0, 80]));
  putModel(source, 'head-demo', '0.2.0');
  return putDetail(source, {
    exam: view,
    timeline: timelineOf(view),
    images,
    previews: 'ready',
    aid: {
      findings: [
        {
          id: 'ich',
          label: 'suspected intracranial haemorrhage',
          tier: 'medium',
          confirmed: { count: 87, of: 212, low: 0.3462, high: 0.4792 },
          spread: 'moderate',
        },
      ],
      keyImage: 'ct-5',
      heatmaps: [{ imageId: 'ct-5', finding: 'ich' }],
      statement: '',
    },
    acts: [],
    ...change.detail,
  });
}

function timelineOf({ receivedAt, updatedAt }: ExamView): ExamDetail['timeline'] {
  const step = (updatedAt - receivedAt) / 4;
  return (['first-image', 'complete', 'result', 'sent', 'committed'] as const).map((name, at) => ({
    step: name,
    at: receivedAt + at * step,
  }));
}

function putModel(source: SampleSource, name: string, version = '0.1.0'): void {
  source.modelViews.push({
    name,
    version,
    hash: modelHash,
    profile: 'concurrent-aid',
    cleared: false,
    vendor: '',
    notice: '',
    intendedUse: '',
    scope: [],
    notFor: [],
    limits: [],
    findings: [],
    leftOut: undefined,
    evidence: '',
    explanation: '',
    trainingData: '',
    licence: '',
  });
}
