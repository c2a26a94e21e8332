import { arch, release } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { machineRoots } from '../device/machine/attribute.ts';
import { readIdentity } from '../device/machine/identity.ts';
import { keyLevelOf } from '../device/root-key.ts';
import { sha256 } from '../provisioning/report/fields.ts';
import { htmlPage } from '../provisioning/report/html-page.ts';
import { pdfPage } from '../provisioning/report/pdf-page.ts';
import { type CommissioningReport, reportOf } from '../provisioning/report/report.ts';
import { openReport, reportKeyOf, sealReport } from '../provisioning/report/seal.ts';
import type { Journal } from '../provisioning/session/journal.ts';
import { keptReportAt, provisioningFolderOf } from '../provisioning/session/standing.ts';
import type { SiteFile } from '../provisioning/site/site-file.ts';
import { listUnsafe } from '../runtime/config.ts';
import { readVersion } from '../runtime/service.ts';
import { configurationText, openRootKey } from './provision-ports.ts';

/** A site's answers, and the steps that it does without. */
export interface VisitedSite extends SiteFile {
  notAsked: string[];
}

/** A report that was written: its path without the ending, which is `json`, `html` and `pdf`. */
export interface WrittenReport {
  outcome: CommissioningReport['outcome'];
  base: string;
  sha256: string;
}

/** Signs what a session has found, and writes it into a folder and, for the device's own page, into its data folder. */
export function writeReport(site: VisitedSite, journal: Journal, folder: string): WrittenReport {
  const { configuration } = site.answers;
  const report = describe(site, journal);
  const text = sealReport(report, reportKeyOf(openRootKey(site.answers, disk)));
  const sealed = openReport(text);
  const forms = { json: text, html: htmlPage(sealed), pdf: pdfPage(sealed) };
  const base = join(folder, `commissioning-${configuration.device.serial}`);
  disk.makeFolder(folder);
  disk.makeFolder(provisioningFolderOf(configuration.dataFolder));
  for (const form of ['json', 'html', 'pdf'] as const) {
    disk.replace(`${base}.${form}`, forms[form]);
    disk.replace(keptReportAt(configuration.dataFolder, form), forms[form]);
  }
  return { outcome: report.outcome, base, sha256: sealed.seal.reportSha256 };
}

function describe(
  { answers, configuration: written, notAsked }: VisitedSite,
  journal: Journal,
): CommissioningReport {
  const { configuration } = answers;
  return reportOf(answers, journal, {
    software: { scanside: readVersion(), node: process.versions.node },
    machine: describeMachine(),
    keyLevel: keyLevelOf(disk, keyFolderOf(configuration.dataFolder)),
    configurationSha256: sha256(configurationText(written)),
    notAsked,
    notSafeYet: listUnsafe(configuration),
  });
}

function describeMachine() {
  const { model } = readIdentity(disk, machineRoots);
  return { model: model ?? 'PC', system: `Linux ${release()} ${arch()}` };
}
