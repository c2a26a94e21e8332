import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportSamples } from '../demo/report-sample.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { ScansideError } from '../device/errors.ts';
import { type DataSet, headerLimits, readDataSet, readHeader } from '../runtime/dicom/data-set.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { allStrings, firstString } from '../runtime/dicom/value.ts';
import { buildReport } from '../runtime/report/report.ts';
import { checkReport } from '../runtime/report/rules.ts';
import { describeWithShared } from './outside.ts';

const limits = { bytes: 16 << 20, elements: 100_000, depth: 16, valueLength: 1 << 20 };
const { request } = reportSamples(sampleManifest, 1)[0]!;
const folders = ['charset', 'cr-dx', 'ct', 'multiframe', 'ts', 'sr', 'malformed', 'fuzz'];

/** Longer texts are left out of a report. */
const longestName = 10_240;

/** The header of a file, or undefined where it cannot be read or names no study. */
function headerOfFile(path: string): DataSet | undefined {
  try {
    const { transferSyntaxUid, dataSet } = readPart10(readFileSync(path));
    const reading = readHeader(dataSet, transferSyntaxUid, headerLimits, true);
    if (reading.state === 'more') return undefined;
    return firstString(reading.dataSet, tags.StudyInstanceUID) ? reading.dataSet : undefined;
  } catch (error) {
    if (error instanceof ScansideError) return undefined;
    throw error;
  }
}

function sources(shared: string): DataSet[] {
  const root = join(shared, 'samples', 'dicom');
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(root, folder, name),
    ),
  );
  return paths
    .filter((path) => statSync(path).isFile())
    .map(headerOfFile)
    .filter((header) => header !== undefined);
}

function expectSame(report: DataSet, source: DataSet, tag: number): void {
  const received = source.elements.get(tag)?.value.length ?? 0;
  const expected = received > longestName ? [] : allStrings(source, tag).filter(Boolean);
  expect(allStrings(report, tag).filter(Boolean)).toEqual(expected);
}

describeWithShared('reports on studies of other makers, damaged and hostile ones too', (shared) => {
  it('are about the patient and the study of their source', () => {
    const headers = sources(shared);
    expect(headers.length).toBeGreaterThan(200);
    for (const source of headers) {
      const { dataSet } = buildReport({ ...request, source });
      expect(checkReport(dataSet, { ...request, source })).toEqual([]);
      const report = readDataSet(dataSet, explicitVrLittleEndian, limits);
      for (const tag of [
        tags.PatientName,
        tags.PatientID,
        tags.PatientBirthDate,
        tags.AccessionNumber,
      ])
        expectSame(report, source, tag);
      expect(firstString(report, tags.StudyInstanceUID)).toBe(
        firstString(source, tags.StudyInstanceUID),
      );
    }
  }, 120_000);
});
