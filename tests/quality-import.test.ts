import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { qualityCommands } from '../cli/quality.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { signedBytes } from '../ota/trust/dsse.ts';
import { joinTruth } from '../quality/reference-standard.ts';
import { measurePerformance } from '../quality/performance.ts';
import type { ExamRecord } from '../quality/store/exam-store.ts';
import { openQualityStore, type QualityStore } from '../runtime/quality/quality-store.ts';
import { makeExam, start } from './quality-exams.ts';
import { temporaryFolder } from './peers/process.ts';

const hospital = generateKeyPairSync('ed25519');
const question = { model: 'chest-demo', finding: 'pneumothorax' };
const always = { from: 0, to: 1e15 };

let folder: string;
let store: QualityStore;

beforeEach(() => {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  folder = path;
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const key = join(folder, 'hospital.pem');
  writeFileSync(key, hospital.publicKey.export({ type: 'spki', format: 'pem' }));
  const configuration = {
    dataFolder,
    models: { enabled: ['chest-demo'] },
    quality: { referenceKeyFile: key },
  };
  writeFileSync(join(folder, 'site.json'), JSON.stringify(configuration));
  store = openQualityStore(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  onTestFinished(() => void store.database.close());
  for (const [at, flagged] of [true, true, false, false, false].entries())
    store.exams.put(recordOf(at + 1, flagged));
});

function recordOf(number: number, flagged: boolean): ExamRecord {
  const { names } = store;
  return {
    ...makeExam({ exam: names.exam(`1.2.${number}`), at: start + number, model: 'chest-demo' }),
    finding: 'pneumothorax',
    studyUid: `1.2.${number}`,
    accession: names.accession(`A${number}`),
    modality: 'DX',
    answer: { score: flagged ? 0.8 : 0.2, flagged },
  };
}

/** Writes a file and its signature, imports it, and tells what was said. */
async function importFile(
  content: string,
  { signature = sign(null, Buffer.from(content), hospital.privateKey), covers = 'all' } = {},
) {
  const [file, signed] = [join(folder, 'reports'), join(folder, 'reports.sig')];
  writeFileSync(file, content);
  writeFileSync(signed, signature);
  const lines: string[] = [];
  const io = {
    out: (text: string) => void lines.push(text),
    error: (text: string) => void lines.push(text),
  };
  const args = ['--config', join(folder, 'site.json'), '--file', file, '--signature', signed];
  const code = await qualityCommands['import']?.run([...args, '--covers', covers], io);
  return { code, said: lines.join('\n') };
}

function labels(): (0 | 1 | undefined)[] {
  const exams = store.exams.ofPeriod(question, always);
  return joinTruth(exams, store.reference.ofFinding('pneumothorax')).map(
    ({ truth }) => truth?.label,
  );
}

const table = `study,accession,finding,label,reader
1.2.1,,pneumothorax,1,Dr. Sample
,A2,pneumothorax,0,Dr. Sample
,A3,pneumothorax,1,Dr. Sample
9.9,,pneumothorax,1,Dr. Sample
`;

describe('reports of radiologists', () => {
  it('become the reference standard of the exams that they name', async () => {
    const { code, said } = await importFile(table);
    expect(said).toBe(
      '4 answers read, 3 of them new.\n1 are of exams that no model here has answered on.',
    );
    expect(code).toBe(0);
    expect(labels()).toEqual([1, 0, 1, undefined, undefined]);
    expect((await importFile(table)).said).toContain('0 of them new');
  });

  it('are taken from HL7 messages, where they are final and coded', async () => {
    const obx = (value: string, status: string) =>
      `OBX|1|CWE|36118008^Pneumothorax^SCT||${value}^^SCT||||||${status}|||||17^Sample`;
    const message = (accession: string, ...lines: string[]) =>
      ['MSH|^~\\&|RIS', `OBR|1${'|'.repeat(17)}${accession}`, ...lines].join('\r');
    const { said } = await importFile(
      [
        message('A1', obx('52101004', 'F'), 'OBX|2|TX|||no free text||||||F'),
        message('A2', obx('272519000', 'F')),
        message('A3', obx('52101004', 'P')),
      ].join('\r'),
    );
    expect(said).toBe('2 answers read, 2 of them new.');
    expect(labels()).toEqual([1, 0, undefined, undefined, undefined]);
  });

  it('weigh as much as their exam was unlikely to be drawn', async () => {
    const exam = store.names.exam('1.2.3');
    store.audit.put({ ...question, exam, probability: 0.25, drawnAt: start + 1 });
    store.audit.put({
      ...question,
      exam: store.names.exam('1.2.1'),
      probability: 1,
      drawnAt: start,
    });
    expect(store.audit.waiting(10).map(({ studyUid }) => studyUid)).toEqual(['1.2.1', '1.2.3']);
    const { said } = await importFile(table, { covers: 'audit' });
    expect(said).toContain('1 are of exams that were not drawn');
    expect(store.audit.waiting(10)).toEqual([]);
    const exams = joinTruth(
      store.exams.ofPeriod(question, always),
      store.reference.ofFinding('pneumothorax'),
    );
    expect(exams[2]?.truth).toMatchObject({ selection: 'by-answer', probability: 0.25 });
    expect(measurePerformance(exams)).toMatchObject({ basis: 'sample' });
  });

  it('count only under the signature of the hospital', async () => {
    const other = generateKeyPairSync('ed25519');
    const forged = await importFile(table, {
      signature: sign(null, Buffer.from(table), other.privateKey),
    });
    expect(forged).toMatchObject({ code: 1, said: expect.stringContaining('REFERENCE_UNSIGNED') });
    const stale = await importFile(`${table}1.2.4,,pneumothorax,1,x\n`, {
      signature: sign(null, Buffer.from(table), hospital.privateKey),
    });
    expect(stale.code).toBe(1);
    expect(labels()).toEqual(Array(5).fill(undefined));
  });

  it('may stand in an envelope of the same bytes', async () => {
    const payloadType = 'application/vnd.scanside.reference-standard';
    const sig = sign(null, signedBytes(payloadType, Buffer.from(table)), hospital.privateKey);
    const envelope = (payload: string) =>
      Buffer.from(
        JSON.stringify({
          payloadType,
          payload: Buffer.from(payload).toString('base64'),
          signatures: [{ keyid: '', sig: sig.toString('base64') }],
        }),
      );
    expect((await importFile(table, { signature: envelope('other') })).code).toBe(1);
    expect((await importFile(table, { signature: envelope(table) })).code).toBe(0);
  });

  it.each([
    ['an unknown finding', 'study,finding,label,reader\n1.2.1,gout,1,x', 'row 2: no model here'],
    ['no label', 'study,finding,label,reader\n1.2.1,pneumothorax,yes,x', 'row 2: label'],
    ['no exam', 'study,finding,label,reader\n,pneumothorax,1,x', 'row 2: no study'],
    ['a strange column', 'study,finding,label,reader,name\n', 'unknown column "name"'],
    [
      'a message without a number',
      'MSH|^~\\&|x\rOBR|1\rOBX|1|CWE|36118008^^SCT||52101004||||||F|||||1',
      'OBR-18',
    ],
  ])('are refused whole for %s', async (_, content, why) => {
    expect(await importFile(content)).toMatchObject({
      code: 1,
      said: expect.stringContaining(why),
    });
  });

  it('keep no name and no number in clear', async () => {
    await importFile(table);
    const rows = JSON.stringify(store.database.prepare('SELECT * FROM truth').all());
    expect(rows).not.toMatch(/Sample|1\.2\.1|A2/);
    expect(
      disk
        .readBytes(join(folder, 'data', 'quality.db'))
        .subarray(0, 15)
        .toString(),
    ).not.toBe('SQLite format 3');
  });
});
