import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createEvaluateCommand } from '../cli/model-evaluate.ts';
import { qualityCommands } from '../cli/quality.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { writeCsv } from '../models/evaluation/csv.ts';
import type { Evaluation } from '../models/evaluation/evaluation.ts';
import { type Figure, isKnown } from '../quality/figure.ts';
import { beginTrust } from '../quality/trust.ts';
import type { QualityReport } from '../runtime/quality/quality-report.ts';
import { openQualityStore, type QualityStore } from '../runtime/quality/quality-store.ts';
import { makeExam, start } from './quality-exams.ts';
import { temporaryFolder } from './peers/process.ts';
import { makeSampleCases } from './statistics/sample-cases.ts';

const threshold = 0.5;
const finding = 'pneumothorax';
const { labels, first: scores, patients } = makeSampleCases();

let folder: string;
let store: QualityStore;
let lines: string[];
const io = {
  out: (text: string) => void lines.push(text),
  error: (text: string) => void lines.push(text),
};

beforeEach(() => {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  folder = path;
  lines = [];
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const hospital = generateKeyPairSync('ed25519');
  write('hospital.pem', hospital.publicKey.export({ type: 'spki', format: 'pem' }));
  const quality = { referenceKeyFile: join(folder, 'hospital.pem'), site: 'north' };
  write('site.json', JSON.stringify({ dataFolder, models: { enabled: ['chest-demo'] }, quality }));
  store = openQualityStore(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  onTestFinished(() => void store.database.close());
  // One transaction: each of its own would wait for the disk.
  store.database.transaction(() => scores.forEach(putExam))();
  const reports = writeCsv(
    ['study', 'finding', 'label', 'reader'],
    labels.map((label, at) => ({
      study: `1.2.${at}`,
      finding,
      label: String(label),
      reader: 'Dr. Sample',
    })),
  );
  write('reports.csv', reports);
  write('reports.sig', sign(null, Buffer.from(reports), hospital.privateKey));
});

function putExam(score: number, at: number): void {
  const exam = makeExam({ exam: store.names.exam(`1.2.${at}`), patient: patients[at]! });
  store.exams.put({
    ...exam,
    model: 'chest-demo',
    finding,
    studyUid: `1.2.${at}`,
    accession: '',
    modality: 'DX',
    answer: { score, flagged: score >= threshold },
  });
}

function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

function run(verb: string, ...args: string[]): Promise<number> | undefined {
  return qualityCommands[verb]?.run([...args, '--config', join(folder, 'site.json')], io);
}

function importReports(): Promise<number> | undefined {
  const [file, signature] = [join(folder, 'reports.csv'), join(folder, 'reports.sig')];
  return run('import', '--file', file, '--signature', signature, '--covers', 'all');
}

async function makeReport(from = '2026-01-01', to = '2026-02-01'): Promise<QualityReport> {
  const out = join(folder, 'out');
  expect(await run('report', '--from', from, '--to', to, '--out', out)).toBe(0);
  return JSON.parse(read('report.json')) as QualityReport;
}

const read = (name: string) => readFileSync(join(folder, 'out', name), 'utf8');

function findingIn({ models }: QualityReport) {
  return models[0]!.findings.find((each) => each.finding === finding)!;
}

/** Exams stand in another order here, and sums of fractions know it in their last digit. */
function expectSame(figure: Figure, wanted: { value: number; low: number; high: number }): void {
  if (!isKnown(figure)) throw new Error(figure.notEstimable);
  for (const name of ['value', 'low', 'high'] as const)
    expect(figure[name]).toBeCloseTo(wanted[name], 12);
}

/** The same cases, asked of the other command. */
async function evaluate(): Promise<Evaluation> {
  const rows = labels.map((label, at) => ({
    file: String(at),
    label: String(label),
    score: String(scores[at]),
    patient: patients[at]!,
  }));
  write('scores.csv', writeCsv(['file', 'label', 'score', 'patient'], rows));
  const command = createEvaluateCommand({
    files: disk,
    openScorer: () => Promise.reject(new Error('no bundle is asked for')),
  });
  lines = [];
  await command.run(['--scores', join(folder, 'scores.csv'), '--threshold', '0.5', '--json'], io);
  return JSON.parse(lines.join('')) as Evaluation;
}

describe('the report of a period', () => {
  it('has the figures of "model evaluate" on the same cases', async () => {
    await importReports();
    const { performance } = findingIn(await makeReport());
    const { decided } = await evaluate();
    const { sensitivity, specificity } = decided.point;
    expect(performance.basis).toBe('all');
    expectSame(performance.sensitivity, { ...sensitivity.byPatient, value: sensitivity.value });
    expectSame(performance.specificity, { ...specificity.byPatient, value: specificity.value });
    expectSame(performance.auc, decided.auc);
  });

  it('calls nothing a figure before anything is known', async () => {
    const { performance } = findingIn(await makeReport());
    expect(performance.sensitivity).toEqual({ notEstimable: 'n = 0' });
    expect(read('report.html')).toContain('not estimable (n = 0)');
    expect(lines.join()).toContain('sensitivity not estimable (n = 0)');
  });

  it('counts what came in it, and nothing else', async () => {
    const { performance } = findingIn(await makeReport('2025-01-01', '2026-01-01'));
    expect(performance.counts.analysed).toBe(0);
  });

  it('leads back to nobody, in no file', async () => {
    await importReports();
    const trust = beginTrust('chest-demo', 'a', start);
    const move = {
      was: 'normal',
      isNow: 'paused',
      event: 'stopped',
      mover: 'radiologist',
    } as const;
    store.trust.put(trust, {
      move: { ...move, model: 'chest-demo', hash: 'a', user: 'ada', reason: 'figures', at: start },
    });
    const report = await makeReport();
    expect(report.models[0]?.moves).toMatchObject([move]);
    for (const name of ['report.html', 'report.json', 'registry.csv'])
      expect(read(name), name).not.toMatch(
        new RegExp(`ada|Sample|1\\.2\\.|${store.names.exam('1.2.1')}|${patients[0]}\\b`),
      );
  });

  it('gives a registry a row for every exam', async () => {
    await importReports();
    await makeReport();
    const [header, row, ...more] = read('registry.csv').trim().split('\r\n');
    expect(header).toContain('ai_result,report_result,report_source,concordance,modality,scanner');
    expect(row).toMatch(/^1,2026-01,chest-demo,1\.0\.0,pneumothorax,(flagged|no-flag),/);
    expect(more).toHaveLength(labels.length - 1);
  });

  it('is refused for a time that ends before it begins', async () => {
    const out = join(folder, 'out');
    expect(await run('report', '--from', '2026-02-01', '--to', '2026-01-01', '--out', out)).toBe(2);
  });
});

describe('moving a model by a command', () => {
  const who = ['--user', 'ada', '--reason', 'reviewed'];

  it('is asked of the appliance, by whoever may', async () => {
    store.trust.put(beginTrust('chest-demo', 'a', start));
    expect(await run('release', '--model', 'chest-demo', '--as', 'radiologist', ...who)).toBe(0);
    expect(await run('release', '--model', 'chest-demo', '--as', 'field-engineer', ...who)).toBe(2);
    expect(await run('stop', '--model', 'other', '--as', 'administrator', ...who)).toBe(2);
    expect(store.trust.takeRequests()).toMatchObject([
      { model: 'chest-demo', event: 'released', mover: 'radiologist', user: 'ada' },
    ]);
    lines = [];
    expect(await run('show')).toBe(0);
    expect(lines).toEqual(['chest-demo: normal']);
  });
});
