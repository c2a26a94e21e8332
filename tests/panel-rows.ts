import type { ExamView } from '../panel/source.ts';
import { device, everyOutcome, exam } from './panel-source.ts';

/** Wall time for which the samples are made. */
export const sampleNoon = device().now;

/** The same exams as if they had come as long before `now` as they came before the samples' noon. */
export function movedTo(now: number, exams: readonly ExamView[]): ExamView[] {
  const by = now - sampleNoon;
  const move = (at: number | undefined) => (at === undefined ? at : at + by);
  return exams.map((view) => ({
    ...view,
    receivedAt: view.receivedAt + by,
    updatedAt: view.updatedAt + by,
    resultAt: move(view.resultAt),
    deliveredAt: move(view.deliveredAt),
  }));
}

const ago = (seconds: number) => sampleNoon - seconds * 1000;

/** Every outcome, with the marks that a row can bear besides. */
export function everyRow(): ExamView[] {
  const [receiving, flagged, ...others] = everyOutcome().map(withNames);
  return [
    { ...receiving!, urgent: 'raised on the panel' },
    {
      ...flagged!,
      late: true,
      state: 'reported',
      delivery: 'retrying',
      deliveredAt: undefined,
      destination: 'MAIN PACS',
    },
    exam({
      id: 'withdrawn',
      outcomeId: 'withdrawn-1',
      receivedAt: ago(610),
      patientName: 'Beispiel^Hanna',
      patientId: 'P-1009',
      state: 'committed',
      delivery: 'committed',
      outcome: { state: 'flagged', labels: ['suspected nodule'], missed: 0, withdrawn: true },
    }),
    exam({
      id: 'quality',
      outcomeId: 'quality-1',
      receivedAt: ago(820),
      patientName: '見本^花子',
      patientId: 'P-1010',
      state: 'delivered',
      outcome: { state: 'not-analysed', reason: 'quality', detail: 'Lung apices may be cut off' },
    }),
    ...others,
  ];
}

function withNames(view: ExamView): ExamView {
  return { ...view, outcomeId: `${view.id}-1` };
}

const familyNames = [
  'Sample',
  'Example',
  'Muster',
  'Ejemplo',
  'Beispiel',
  'Modelo',
  '見本',
  'مثال',
];
const givenNames = ['Ada', 'Noor', 'Kim', 'Lou', 'Max', 'Eli', '花', 'سعاد'];

/** So many exams of a busy day, each with a name that nobody has; every outcome in turn. */
export function busyDay(count: number): ExamView[] {
  const kinds = everyRow().filter(({ id }) => id !== 'quarantined');
  return Array.from({ length: count }, (_, at) => {
    const kind = kinds[at % kinds.length]!;
    const family = familyNames[at % familyNames.length]!;
    const given = givenNames[(at * 3 + (at >> 3)) % givenNames.length]!;
    return {
      ...kind,
      id: `day-${at}`,
      outcomeId: `day-${at}-1`,
      patientName: `${family}^${given}`,
      patientId: `P-${2000 + at}`,
      accessionNumber: `A${7000 + at}`,
      receivedAt: ago(30 + at * 140),
      version: 1,
    };
  });
}

/** Texts as no ward writes them and as some device will: markup, controls, both directions, no end. */
export const hostileTexts = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '{{constructor.constructor("alert(1)")()}}',
  'a\u0000b\u0007c\u001b[31m',
  '\u202Egnp.exe\u2066x',
  'W'.repeat(120),
  'Supercalifragilistic-'.repeat(12),
  'بن علي بن أحمد بن عبد الرحمن '.repeat(4),
  '山田'.repeat(60),
  'Z̷̡͝a̸͜l̵͢g̶͠o̷͡',
];

/** A flagged exam for every hostile text, with the text everywhere. */
export function hostileExams(): ExamView[] {
  return hostileTexts.map((text, at) =>
    exam({
      id: `hostile-${at}`,
      outcomeId: `hostile-${at}-1`,
      receivedAt: ago(20 + at),
      patientName: text,
      patientId: text,
      birthDate: text,
      sex: text,
      accessionNumber: text,
      modality: text,
      description: text,
      model: text,
      destination: text,
      urgent: text,
      delivery: 'sending',
      state: 'reported',
      outcome: { state: 'flagged', labels: [text], missed: 3, withdrawn: false },
    }),
  );
}
