import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { writeCsv } from '../models/evaluation/csv.ts';
import type { JudgedExam } from '../quality/judged-exam.ts';
import type { Configuration } from '../runtime/config.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { type CaseKind, type FeedbackCase, selectCases } from '../runtime/quality/feedback-case.ts';
import { openQualityStore } from '../runtime/quality/quality-store.ts';
import { readExtent } from '../runtime/spool/segment-reader.ts';
import { openStorage, type Storage } from '../runtime/storage.ts';
import type { Command, Io } from './command.ts';
import { withDeviceLog } from './device-log.ts';
import { openKey } from './dataset-deidentify.ts';
import { writeFile } from './dataset-folder.ts';
import { deidentify, type Profile } from './deidentification.ts';
import { choice, readOptions, required, runCommand, UsageError } from './options.ts';
import { bundlesOf, configUsage, qualityOptions, readSite } from './quality-request.ts';

const usage = `Gives exams to whoever trains the model again: de-identified, with their truth and what the model said.

Usage: scanside quality cases --kind KIND [--release --out FOLDER --key FILE --user NAME] [OPTIONS]

  --kind KIND        missed: the finding is there and was not flagged; false: flagged and not there; known: both, and
                     every other exam whose truth is known
  --release          writes them; without it they are only counted
  --out FOLDER       where images and labels.csv go; must be new or empty
  --key FILE         secret key of the pseudonyms, as of "scanside dataset deidentify"; it stays with the hospital
  --user NAME        short name of the account of whoever releases them, for the audit log
  --pictures-checked somebody has looked at the pictures that do not say whether a patient is named in them
${configUsage}
  --help             this text

The appliance must not be running, and quality.feedback must be on. An image that cannot be made safe is left out, and its
exam with it; the exit code is then 1. "scanside dataset import" makes a version of a data set of the folder.`;

const flag = { type: 'boolean' } as const;
const text = { type: 'string' } as const;
const options = {
  ...qualityOptions,
  kind: text,
  release: flag,
  out: text,
  key: text,
  user: text,
  'pictures-checked': flag,
} as const;

/** `scanside quality cases`. */
export const qualityCases: Command = {
  summary: 'gives exams for retraining, de-identified',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const kind = choice('kind', required('kind', values.kind), ['missed', 'false', 'known']);
      const site = readSite(values.config);
      if (!site.quality.feedback)
        throw new ScansideError('FEEDBACK_OFF', 'quality.feedback is not on');
      if (!disk.isFolder(site.dataFolder))
        throw new ScansideError('DATA_FOLDER_UNKNOWN', site.dataFolder);
      const storage = openStorage(site, disk, systemClock);
      try {
        const cases = findCases(site, storage, kind);
        io.out(`${cases.length} exams`);
        if (!values.release) return 0;
        const out = required('out', values.out);
        if (disk.list(out).length > 0) throw new UsageError(`--out ${out} is not empty`);
        const user = required('user', values.user);
        const profile = {
          keys: openKey(disk, required('key', values.key), io),
          site: '',
          dates: 'remove',
          characteristics: true,
          picturesChecked: values['pictures-checked'] ?? false,
        } as const;
        return await release(cases, { site, storage, out, user, profile, io });
      } finally {
        storage.database.close();
      }
    }),
};

function findCases(site: Configuration, storage: Storage, kind: CaseKind): FeedbackCase[] {
  const store = openQualityStore(site.dataFolder, storage.root);
  try {
    return selectCases(store, bundlesOf(site), kind);
  } finally {
    store.database.close();
  }
}

interface Release {
  site: Configuration;
  storage: Storage;
  out: string;
  user: string;
  profile: Profile;
  io: Io;
}

/** Writes the images and the table, and then the audit log who has let them go. */
async function release(cases: readonly FeedbackCase[], to: Release): Promise<number> {
  const { site, storage, out, user, io } = to;
  disk.makeFolder(out);
  const written = cases.map((each) => ({ ...each, files: writeImages(each, to) }));
  const rows = written.flatMap((each) => each.files.map((image) => rowOf(each, image)));
  const table = writeCsv(columns, rows);
  disk.replace(join(out, 'labels.csv'), table);
  const newHash = createHash('sha256').update(table).digest('hex');
  const fields = { item: 'feedback-cases', destination: 'folder', user, newHash };
  await withDeviceLog(site, storage.root, (log) =>
    log.append({ name: 'data-exported', outcome: 0, fields }),
  );
  const left = written.filter(({ files }) => files.length === 0).length;
  io.out(`${rows.length} images written; ${left} exams left out`);
  return left > 0 ? 1 : 0;
}

interface WrittenImage {
  file: string;
  patient: string;
}

/** The images of an exam, de-identified; none where one of them cannot be made safe. */
function writeImages(
  { studyUid }: FeedbackCase,
  { storage, out, profile, io }: Release,
): WrittenImage[] {
  try {
    const images = storage.instances.ofStudy(studyUid).map((instance) => {
      const dataSet = readExtent(disk, instance, storage.keys);
      return deidentify(writePart10(instance, dataSet), profile);
    });
    return images.map(({ sopInstanceUid, file, patient }) => {
      const name = `${sopInstanceUid}.dcm`;
      writeFile(disk, join(out, name), file);
      return { file: name, patient };
    });
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    io.error(`an exam is left out: ${error.message}`);
    return [];
  }
}

const columns = ['file', 'patient', 'label', 'source', 'finding', 'model', 'version', 'score'];

function rowOf(
  { exam, finding }: FeedbackCase,
  { file, patient }: WrittenImage,
): Record<string, string> {
  return { file, patient, finding, model: exam.model, version: exam.version, ...saidOf(exam) };
}

function saidOf({ answer, truth }: JudgedExam): Record<string, string> {
  return {
    label: String(truth?.label ?? ''),
    source: truth?.source ?? '',
    score: 'score' in answer ? String(answer.score) : '',
  };
}
