import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { qualityCommands } from '../cli/quality.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { openQualityStore } from '../runtime/quality/quality-store.ts';
import { isTerminal, journey, makeDataFolder, startTestAppliance } from './appliance.ts';

const studies = ['2.25.701', '2.25.702', '2.25.703'];
const patient = { name: 'SECRET^PATIENT', id: 'SECRET-77' };

/** A stopped device that has answered on three exams, of which a report says that the finding is there. */
async function makeSite(): Promise<string> {
  const dataFolder = makeDataFolder();
  const appliance = await startTestAppliance({ dataFolder });
  for (const [at, studyInstanceUid] of studies.entries()) {
    const image = makePhantomInstance({ seed: at, findings: [], patient, studyInstanceUid });
    await sendStudy([image], appliance.scanner);
  }
  await appliance.untilExams(studies, isTerminal);
  await appliance.stop();
  const store = openQualityStore(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  store.reference.put(
    studies.map((studyUid, at) => ({
      exam: store.names.exam(studyUid),
      finding: 'pneumothorax',
      label: at === 2 ? 0 : 1,
      source: 'radiologist-report',
      reader: 'x',
      selection: 'every',
      probability: 1,
      knownAt: 1,
      batch: '',
    })),
  );
  store.database.close();
  return dataFolder;
}

it('gives exams to nobody before the site agrees, and then without a name', journey, async () => {
  const dataFolder = await makeSite();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-cases-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [config, out] = [join(folder, 'site.json'), join(folder, 'out')];
  const lines: string[] = [];
  const say = (text: string) => void lines.push(text);
  const run = (feedback: boolean, ...args: string[]) => {
    const models = { enabled: ['chest-demo'] };
    writeFileSync(config, JSON.stringify({ dataFolder, models, quality: { feedback } }));
    const all = ['--config', config, '--kind', 'missed', ...args];
    return qualityCommands['cases']?.run(all, { out: say, error: say });
  };

  expect(await run(false)).toBe(1);
  expect(lines.join()).toContain('FEEDBACK_OFF');
  expect(await run(true)).toBe(0);
  expect(lines.at(-1)).toBe('2 exams');
  const release = ['--release', '--out', out, '--key', join(folder, 'key'), '--user', 'ada'];
  expect(await run(true, ...release)).toBe(0);
  expect(lines.at(-1)).toBe('2 images written; 0 exams left out');

  const names = readdirSync(out);
  expect(names.filter((name) => name.endsWith('.dcm'))).toHaveLength(2);
  for (const name of names) {
    const content = readFileSync(join(out, name), 'latin1');
    expect(content, name).not.toMatch(/SECRET|2\.25\.70\d/);
  }
  const [header, row] = readFileSync(join(out, 'labels.csv'), 'utf8').split('\r\n');
  expect(header).toBe('file,patient,label,source,finding,model,version,score');
  expect(row).toMatch(/^[\d.]+\.dcm,[^,]+,1,radiologist-report,pneumothorax,chest-demo,1\.0\.0,0/);
  expect(await run(true, ...release)).toBe(2);
});
