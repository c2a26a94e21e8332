import { basename } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import type { Bundle } from '../models/bundle.ts';
import type { KnownFinding } from '../runtime/quality/reference-claim.ts';
import { importReference, type ImportCounts } from '../runtime/quality/reference-import.ts';
import { checkSignature, readReferenceKey } from '../runtime/quality/reference-signature.ts';
import type { Command } from './command.ts';
import { choice, readOptions, required, runCommand } from './options.ts';
import { configUsage, bundlesOf, openStore, qualityOptions, readSite } from './quality-request.ts';

const usage = `Imports what radiologists say of exams, so that the device can tell how good its models are here.

Usage: scanside quality import --file FILE --signature FILE --covers all|audit [OPTIONS]

  --file FILE        a CSV table, HL7 messages (ORU^R01) or an SR document that a person has verified
  --signature FILE   detached signature of exactly these bytes: Ed25519, as it is or in base64, or a DSSE envelope
  --covers WHAT      all: the site reports on every exam, whatever the model said
                     audit: the exams that this device has drawn at random; others are left out
  --source SOURCE    radiologist-report or adjudication; radiologist-report where it is not said
${configUsage}
  --help             this text

The table has the columns study or accession, finding, label (1 or 0) and reader. In HL7 and SR a finding is named by the
code of the model's manifest, and is "present" or "absent" of SNOMED CT; free text is not read. The key that has to have
signed is quality.referenceKeyFile of the configuration. To sign: openssl pkeyutl -sign -rawin -inkey KEY -in FILE.
The appliance may run meanwhile; it takes the news over within a minute.`;

const options = {
  ...qualityOptions,
  file: { type: 'string' },
  signature: { type: 'string' },
  covers: { type: 'string' },
  source: { type: 'string', default: 'radiologist-report' },
} as const;

/** `scanside quality import`. */
export const qualityImport: Command = {
  summary: 'imports reports as reference standard',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const path = required('file', values.file);
      const signature = required('signature', values.signature);
      const covers = choice('covers', required('covers', values.covers), ['all', 'audit']);
      const source = choice('source', values.source, ['radiologist-report', 'adjudication']);
      const site = readSite(values.config);
      const bytes = disk.readBytes(path);
      checkSignature(bytes, disk.readBytes(signature), keyOf(site.quality.referenceKeyFile));
      const store = openStore(site);
      try {
        const file = { name: basename(path), bytes, source, covers, at: systemClock.now() };
        const counts = importReference(store, file, bundlesOf(site).flatMap(findingsOf));
        io.out(describe(counts));
        return 0;
      } finally {
        store.database.close();
      }
    }),
};

function keyOf(path: string | undefined) {
  if (path === undefined)
    throw new ScansideError('REFERENCE_UNSIGNED', 'quality.referenceKeyFile names no key');
  return readReferenceKey(disk.readText(path));
}

function findingsOf({ manifest }: Bundle): KnownFinding[] {
  return manifest.findings.map(({ id, finding }) => ({ id, code: finding }));
}

function describe({ claims, imported, unknown, notDrawn }: ImportCounts): string {
  return [
    `${claims} answers read, ${imported} of them new.`,
    ...(unknown > 0 ? [`${unknown} are of exams that no model here has answered on.`] : []),
    ...(notDrawn > 0 ? [`${notDrawn} are of exams that were not drawn, and are left out.`] : []),
  ].join('\n');
}
