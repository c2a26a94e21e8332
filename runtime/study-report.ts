import type { Files } from '../device/files.ts';
import { ScansideError } from '../device/errors.ts';
import type { Configuration } from './config.ts';
import { type DataSet, headerLimits } from './dicom/data-set.ts';
import type { ReportInput } from './pipeline-ports.ts';
import { buildCheckedReport, type CheckedReport } from './report/checked-report.ts';
import type { ReportRequest } from './report/request.ts';
import { type Instance, readInstanceHeader } from './spool/instance.ts';
import { readExtent } from './spool/segment-reader.ts';

/** The last group that says something of patient, study and order. */
const orderGroup = 0x0040;
const maker = { manufacturer: 'Scanside', model: 'Scanside Appliance' };

export interface StudyReportOptions {
  device: Configuration['device'];
  softwareVersion: string;
  files: Files;
  keys: Parameters<typeof readExtent>[2];
}

/** The checked report of one result, on the patient and study of its first image. Throws where that cannot be read. */
export function reportStudy(input: ReportInput, options: StudyReportOptions): CheckedReport {
  return buildCheckedReport(requestOf(input, options));
}

/** The job record of one result, from which every object about it is made. Throws as `reportStudy` does. */
export function requestOf(
  { bundle, instances, conclusion, at, predecessor, withdrawal }: ReportInput,
  options: StudyReportOptions,
): ReportRequest {
  const { device, softwareVersion } = options;
  const [first] = instances;
  if (!first) throw new ScansideError('INTERNAL', 'a report of no instances');
  return {
    device: { ...maker, ...device, softwareVersion },
    manifest: bundle?.manifest,
    bundleHash: bundle?.hash ?? '',
    source: headerOf(first, options, orderGroup),
    instances: instances.map(({ sopClassUid, sopInstanceUid, seriesUid, facts }) => ({
      sopClassUid,
      sopInstanceUid,
      seriesInstanceUid: seriesUid,
      modality: facts.modality,
    })),
    conclusion,
    at,
    ...(predecessor?.sopInstanceUid && {
      predecessor: { ...predecessor, seriesInstanceUid: predecessor.seriesUid },
    }),
    ...(withdrawal && { withdrawal }),
    ...(predecessor?.withdrawal && { isAfterWithdrawal: true }),
  };
}

/** The header of a stored instance up to a group. Throws where it cannot be read. */
export function headerOf(
  instance: Instance,
  { files, keys }: Pick<StudyReportOptions, 'files' | 'keys'>,
  lastGroup?: number,
): DataSet {
  const prefix = readExtent(files, instance, keys, headerLimits.bytes);
  return readInstanceHeader(prefix, instance.transferSyntaxUid, lastGroup);
}
