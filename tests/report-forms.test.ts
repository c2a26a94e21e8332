import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { makeDemoStudy } from '../demo/demo-studies.ts';
import { reportSamples } from '../demo/report-sample.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { formsOf, lowerReport, reportForms } from '../runtime/report/form.ts';
import { buildReport } from '../runtime/report/report.ts';
import type { ReportObject } from '../runtime/report/request.ts';
import {
  deviceAeTitle,
  forgetState,
  isTerminal,
  journey,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { describeWith, freePort } from './outside.ts';
import { startOrthanc } from './peers/orthanc.ts';
import { isListening, startProgram, until } from './peers/process.ts';

const run = promisify(execFile);
const pacsAeTitle = 'OLDPACS';
const capture = reportForms['secondary-capture'];
const study = makeDemoStudy(6100, 0);

/** An association profile of DCMTK that accepts nothing but Verification and these SOP classes. */
function profile(path: string, sopClasses: string[]): string {
  const contexts = ['1.2.840.10008.1.1', ...sopClasses].map(
    (uid, at) => `PresentationContext${at + 1} = ${uid}\\Plain`,
  );
  const lines = [
    '[[TransferSyntaxes]]',
    '[Plain]',
    'TransferSyntax1 = LittleEndianExplicit',
    '[[PresentationContexts]]',
    '[Old]',
    ...contexts,
    '[[Profiles]]',
    '[Default]',
    'PresentationContexts = Old',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

interface OldPacs {
  /** Paths of what it has got. */
  files(): string[];
  stop(): Promise<void>;
}

/** storescp as a PACS on that port that accepts nothing else. */
async function startOldPacs(port: number, ...sopClasses: string[]): Promise<OldPacs> {
  const [settings, store] = [makeDataFolder(), makeDataFolder()];
  const file = profile(join(settings, 'storescp.cfg'), sopClasses);
  const args = ['-xf', file, 'Default', '-aet', pacsAeTitle, '-od', store, String(port)];
  const pacs = await startProgram('storescp', args, () => isListening(port));
  onTestFinished(() => pacs.stop());
  return {
    files: () => readdirSync(store).map((name) => join(store, name)),
    stop: () => pacs.stop(),
  };
}

/** An appliance that sends to the PACS on that port. */
function startFor(port: number, form: string, commitment: boolean, again = {}) {
  const to = { name: 'PACS', host: '127.0.0.1', port, aeTitle: pacsAeTitle };
  const destinations = [{ ...to, form, commitment }];
  return startTestAppliance({ ...again, destinations });
}

/** The same when it has analysed a study. */
async function startWithStudy(port: number, form = 'auto', commitment = false) {
  const appliance = await startFor(port, form, commitment);
  await sendStudy(study.instances, appliance.scanner);
  await appliance.untilExams([study.studyUid], isTerminal);
  return appliance;
}

const words = (appliance: RunningAppliance) => appliance.exam(study.studyUid)?.delivery;

async function classOf(path: string): Promise<string> {
  const { stdout } = await run('dcmdump', ['-Un', '+P', 'SOPClassUID', path]);
  return /\[(.*)\]/.exec(stdout)?.[1] ?? '';
}

async function errorsIn(path: string): Promise<string[]> {
  const said = await run('dciodvfy', [path]).catch((failure: { stderr: string }) => failure);
  return said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line));
}

describeWith(['storescp', 'dcmdump'], 'a PACS that accepts only some kinds of report', () => {
  it.each([
    ['all four', Object.values(reportForms), reportForms['comprehensive-3d']],
    ['Comprehensive SR', [reportForms.comprehensive], reportForms.comprehensive],
    ['Enhanced SR', [reportForms.enhanced], reportForms.enhanced],
    ['Secondary Capture', [capture], capture],
    ['the lower two', [reportForms.enhanced, reportForms.comprehensive], reportForms.comprehensive],
  ])('gets the best of %s, once', journey, async (_title, accepted, expected) => {
    const port = await freePort();
    const pacs = await startOldPacs(port, ...accepted);
    const appliance = await startWithStudy(port);
    await appliance.untilExams([study.studyUid], ({ state }) => state === 'delivered');
    expect(await Promise.all(pacs.files().map(classOf))).toEqual([expected]);
    expect(words(appliance)).toBe('stored');
  });

  it(
    'gets a picture where a picture is configured, although it accepts a report',
    journey,
    async () => {
      const port = await freePort();
      const pacs = await startOldPacs(port, ...Object.values(reportForms));
      const appliance = await startWithStudy(port, 'secondary-capture');
      await appliance.untilExams([study.studyUid], ({ state }) => state === 'delivered');
      expect(await Promise.all(pacs.files().map(classOf))).toEqual([capture]);
    },
  );

  it('gets the form that is configured, although it accepts a better', journey, async () => {
    const port = await freePort();
    const pacs = await startOldPacs(port, ...Object.values(reportForms));
    const appliance = await startWithStudy(port, 'enhanced');
    await appliance.untilExams([study.studyUid], ({ state }) => state === 'delivered');
    expect(await Promise.all(pacs.files().map(classOf))).toEqual([reportForms.enhanced]);
  });

  it(
    'keeps a result waiting while it accepts none, and gets it when it does',
    journey,
    async () => {
      const port = await freePort();
      const stubborn = await startOldPacs(port, '1.2.840.10008.5.1.4.1.1.2');
      const appliance = await startWithStudy(port);
      const isTold = () =>
        appliance.log.filter((line) => line.includes('CONTEXT_NOT_ACCEPTED')).length > 1;
      expect(await until(isTold, 60_000)).toBe(true);
      expect(appliance.log.join('\n')).toMatch(
        /PACS takes none of Comprehensive 3D SR Storage .*Have the peer’s administrator enable/,
      );
      expect(await until(() => words(appliance) === 'retrying')).toBe(true);
      expect(stubborn.files()).toEqual([]);
      await stubborn.stop();
      const pacs = await startOldPacs(port, reportForms.enhanced);
      await appliance.untilExams([study.studyUid], ({ state }) => state === 'delivered');
      expect(await Promise.all(pacs.files().map(classOf))).toEqual([reportForms.enhanced]);
    },
  );
});

describeWith(['Orthanc'], 'Orthanc that is to have a lower form', () => {
  it.each(['enhanced', 'secondary-capture'] as const)(
    'commits to what it was sent, %s, and a second run sends the same',
    journey,
    async (form) => {
      const port = await freePort();
      const appliance = await startWithStudy(port, form, true);
      const orthanc = await startOrthanc(makeDataFolder(), {
        title: pacsAeTitle,
        dicomPort: port,
        modalities: { SCANSIDE: { title: deviceAeTitle, port: appliance.port } },
      });
      onTestFinished(() => orthanc.stop());
      await appliance.untilCommitted([study.studyUid]);
      const held = await orthanc.instances({ SOPClassUID: reportForms[form] });
      expect([held.length, await orthanc.count()]).toEqual([1, 1]);

      await appliance.stop();
      forgetState(appliance.dataFolder);
      const { dataFolder, port: receiverPort } = appliance;
      const again = await startFor(port, form, true, { dataFolder, receiverPort });
      await again.untilCommitted([study.studyUid]);
      expect(await orthanc.count()).toBe(1);
    },
  );
});

function writeForm(path: string, report: ReportObject, form: string): void {
  const named = formsOf(report).find(({ sopClassUid }) => sopClassUid === form)!;
  const meta = { ...named, transferSyntaxUid: explicitVrLittleEndian };
  writeFileSync(path, writePart10(meta, lowerReport(report.dataSet, form)));
}

describeWith(['dciodvfy', 'dsrdump'], 'reports in their lower forms before the validators', () => {
  it.each([reportForms.comprehensive, reportForms.enhanced])(
    'finds no error and no warning in %s',
    journey,
    async (form) => {
      const path = join(makeDataFolder(), 'report.dcm');
      for (const { request } of reportSamples(sampleManifest, 21)) {
        writeForm(path, buildReport(request), form);
        expect(await errorsIn(path)).toEqual([]);
        await run('dsrdump', ['-Ee', path]);
      }
    },
  );
});

describeWith(['dciodvfy', 'dcm2pnm'], 'pictures of reports before the validator', () => {
  it('finds no error and no warning, and another maker reads the pixels', journey, async () => {
    const path = join(makeDataFolder(), 'report.dcm');
    for (const { request } of reportSamples(sampleManifest, 28)) {
      writeForm(path, buildReport(request), capture);
      expect(await errorsIn(path)).toEqual([]);
    }
    await run('dcm2pnm', ['--write-png', path, `${path}.png`]);
  });
});
