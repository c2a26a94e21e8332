import { lookup } from 'node:dns/promises';
import { dirname } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { sha256 } from '../provisioning/report/fields.ts';
import type { Journal } from '../provisioning/session/journal.ts';
import { runSession, type SessionOptions, type Step } from '../provisioning/session/session.ts';
import { journalIn } from '../provisioning/session/standing.ts';
import { readSiteFile, type SiteAnswers } from '../provisioning/site/site-file.ts';
import { stepsFor } from '../provisioning/steps.ts';
import { type WrittenReport, writeReport } from './commissioning-report.ts';
import { composeSteps } from './provision-ports.ts';

/** A site's commissioning on this machine. */
export interface Visit {
  answers: SiteAnswers;
  steps: readonly Step[];
  /** Does what is left to do. */
  go(how: Pick<SessionOptions, 'from' | 'waivers' | 'tell'>): Promise<Journal>;
  /** Writes the signed report of it. */
  conclude(journal: Journal): WrittenReport;
}

/**
 * Reads the answers of a site. `reportFolder`: where the report goes, in place of the folder of the configuration that is
 * written. Throws SITE_FILE_INVALID.
 */
export function readVisit(answersFile: string, reportFolder: string | undefined): Visit {
  const text = disk.readText(answersFile);
  const site = readSiteFile(text);
  const { answers } = site;
  const { steps, notAsked } = stepsFor(answers, composeSteps(site, disk, systemClock, lookup));
  const journal = journalIn(answers.configuration.dataFolder, disk);
  const folder = reportFolder ?? dirname(answers.configurationFile);
  return {
    answers,
    steps,
    go: (how) => runSession({ ...how, steps, journal, answers: sha256(text), clock: systemClock }),
    conclude: (done) => writeReport({ ...site, notAsked }, done, folder),
  };
}
