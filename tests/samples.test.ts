import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type DataSet, headerLimits, readHeader } from '../runtime/dicom/data-set.ts';
import { type Part10, readPart10 } from '../runtime/dicom/part10.ts';
import type { StorableObject } from '../runtime/dicom/sender.ts';
import { tags } from '../runtime/dicom/tag.ts';
import {
  explicitVrBigEndian,
  explicitVrLittleEndian,
  implicitVrLittleEndian,
} from '../runtime/dicom/transfer-syntax.ts';
import { firstString } from '../runtime/dicom/value.ts';
import {
  deviceAeTitle,
  isTerminal,
  readSpool,
  type RunningAppliance,
  type SpoolRecord,
  startTestAppliance,
  journey,
} from './appliance.ts';
import { describeWith, describeWithShared } from './outside.ts';
import { dcmsend, startStorescp } from './peers/dcmtk.ts';
import { temporaryFolder } from './peers/process.ts';

const success = 0x0000;
/** Kept aside, because the object names no study. */
const doesNotFit = 0xb007;

/** No study may end between the images of two associations. */
const quietSeconds = 3;

const folders = ['ct', 'cr-dx', 'ts', 'multiframe'];

interface Sample extends StorableObject {
  name: string;
  studyUid: string | undefined;
}

function foldersIn(shared: string): string[] {
  return folders.map((folder) => join(shared, 'samples', 'dicom', folder));
}

function readSamples(shared: string): Sample[] {
  return foldersIn(shared).flatMap((folder) =>
    readdirSync(folder).map((name) => readSample(join(folder, name))),
  );
}

function readSample(path: string): Sample {
  const file = readFileSync(path);
  const content = takeApart(path.endsWith('.zst') ? zstdDecompressSync(file) : file);
  const header = headerOf(content);
  return {
    ...content,
    name: basename(path),
    sopClassUid: firstString(header, tags.SOPClassUID) ?? '',
    sopInstanceUid: firstString(header, tags.SOPInstanceUID) ?? '',
    studyUid: firstString(header, tags.StudyInstanceUID),
  };
}

function headerOf({ transferSyntaxUid, dataSet }: Part10): DataSet {
  const reading = readHeader(dataSet, transferSyntaxUid, headerLimits, true);
  if (reading.state === 'more') throw new Error('no header');
  return reading.dataSet;
}

/** A file from before Part 10 is a data set alone. */
function takeApart(bytes: Buffer): Part10 {
  const isPart10 = bytes.toString('latin1', 128, 132) === 'DICM';
  return isPart10
    ? readPart10(bytes)
    : { transferSyntaxUid: implicitVrLittleEndian, dataSet: bytes };
}

/** A transfer syntax and a data set, short enough to compare lists of them. */
function fingerprint(transferSyntaxUid: unknown, dataSet: Uint8Array): string {
  return `${String(transferSyntaxUid)} ${createHash('sha256').update(dataSet).digest('hex')}`;
}

function kept({ dataFolder }: RunningAppliance): string[] {
  return [...readSpool(dataFolder, 'inbox'), ...readSpool(dataFolder, 'quarantine')]
    .map(({ meta, data }) => fingerprint(meta['transferSyntaxUid'], data))
    .sort();
}

function count(texts: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

const resultStudyOf = ({ meta }: SpoolRecord): string => String(meta['studyUid']);

function studyUidOf({ meta, data }: SpoolRecord): string {
  const transferSyntaxUid = String(meta['transferSyntaxUid']);
  return firstString(headerOf({ transferSyntaxUid, dataSet: data }), tags.StudyInstanceUID) ?? '';
}

/** Every study has one result, which the panel shows; every instance without a study is shown on its own. */
async function expectOneAnswerEach(appliance: RunningAppliance, studyUids: string[]) {
  await appliance.untilExams(studyUids, isTerminal);
  const shown = appliance.exams().map(({ id, state }) => (state === 'quarantined' ? state : id));
  const aside = readSpool(appliance.dataFolder, 'quarantine').map(() => 'quarantined');
  expect(count(shown)).toEqual(count([...studyUids, ...aside]));
  const results = readSpool(appliance.dataFolder, 'outgoing').map(resultStudyOf);
  expect(count(results)).toEqual(count(studyUids));
}

describeWithShared('samples of other makers, sent as they are', (shared) => {
  it(
    'are accepted in their own transfer syntax, kept bit for bit, and each study is answered once',
    journey,
    async () => {
      const samples = readSamples(shared);
      expect(samples.length).toBeGreaterThan(60);
      const appliance = await startTestAppliance({ quietSeconds });
      const association = await appliance.associate(samples);
      for (const sample of samples)
        expect(await association.store(sample), sample.name).toBe(
          sample.studyUid ? success : doesNotFit,
        );
      await association.release();
      const sent = samples.map((each) => fingerprint(each.transferSyntaxUid, each.dataSet));
      expect(kept(appliance)).toEqual(sent.sort());
      const studyUids = new Set(samples.flatMap(({ studyUid }) => studyUid ?? []));
      await expectOneAnswerEach(appliance, [...studyUids]);
    },
  );
});

/** dcmsend's own account of what it did with each file; without a status where it did not send it. */
function readTransfers(report: string) {
  return report
    .split(/^Number +: /m)
    .slice(1)
    .map((block) => {
      const field = (title: string) => new RegExp(`^${title} *: ([^\\s<]+)`, 'm').exec(block)?.[1];
      return {
        name: basename(field('Filename') ?? ''),
        original: field('Original Xfer') ?? '',
        network: field('Network Xfer'),
        status: field('DIMSE Status'),
      };
    });
}

type Transfer = ReturnType<typeof readTransfers>[number];

/** Their transfer syntaxes are newer than DCMTK 3.6.7. */
const beyondDcmtk = ['HTJ2KLossless_08_RGB.dcm', 'HTJ2K_08_RGB.dcm', 'liver_deflate.dcm'];

const sentAsExplicit = [implicitVrLittleEndian, explicitVrBigEndian];

function expectOwnTransferSyntax({ name, original, network, status }: Transfer): void {
  expect(['0x0000', '0xb007'], name).toContain(status);
  const own = sentAsExplicit.includes(original) ? explicitVrLittleEndian : original;
  expect(network, name).toBe(own);
}

/**
 * dcmsend reads a file and writes it anew, uncompressed ones always as Explicit VR Little Endian. What it puts on the
 * wire is what the same command gives to storescp, which writes it down as it comes.
 */
describeWithShared('samples of other makers, sent by DCMTK', (shared) => {
  describeWith(['dcmsend', 'storescp'], 'beside its own receiver', () => {
    it('are accepted, kept as sent, and each study is answered once', journey, async () => {
      const folder = temporaryFolder();
      const asItComes = ['+xa', '+B', '+uf'];
      const storescp = await startStorescp(join(folder.path, 'scp'), 'STORESCP', asItComes);
      const appliance = await startTestAppliance({ quietSeconds });
      const report = (called: string) => join(folder.path, called);
      const send = (called: string, port: number) => {
        const options = ['-dn', '-nh', '-nuc', '+crf', report(called)];
        return dcmsend({ port, calling: 'SCANNER', called }, foldersIn(shared), options);
      };
      await send('STORESCP', storescp.port);
      const { output } = await send(deviceAeTitle, appliance.port);
      await storescp.stop();
      const transfers = readTransfers(readFileSync(report(deviceAeTitle), 'utf8'));
      const theirs = storescp.files().map((path) => readPart10(readFileSync(path)));
      folder.remove();

      const [sent, unsent] = [true, false].map((was) =>
        transfers.filter(({ network }) => (network !== undefined) === was),
      );
      expect(unsent?.map(({ name }) => name).sort(), output).toEqual(beyondDcmtk);
      sent?.forEach(expectOwnTransferSyntax);
      expect(sent?.length).toBe(theirs.length);
      const expected = theirs.map((each) => fingerprint(each.transferSyntaxUid, each.dataSet));
      expect(kept(appliance)).toEqual(expected.sort());
      const studyUids = readSpool(appliance.dataFolder, 'inbox').map(studyUidOf);
      await expectOneAnswerEach(appliance, [...new Set(studyUids)]);
    });
  });
});
