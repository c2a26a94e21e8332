import type { Manifest } from '../models/manifest.ts';
import { buildReport } from '../runtime/report/report.ts';
import type { ReportObject } from '../runtime/report/request.ts';
import { reportCases } from './report-case.ts';
import { type SampleKind, sampleObjects } from './report-objects.ts';
import { reportSample } from './report-sample.ts';

/** A document that shows what a case looks like. */
export interface CasePage {
  name: string;
  object: ReportObject;
}

/** What stands beside the report of a finding, by modality and kind. */
const beside: Record<string, { modality: string; kind: SampleKind }> = {
  'CT box': { modality: 'CT', kind: 'boxes' },
  'CT segmentation with measurements': { modality: 'CT', kind: 'measurements' },
  'CT key objects': { modality: 'CT', kind: 'key-objects' },
  'X-ray box': { modality: 'CR', kind: 'boxes' },
};

const characterSet = 'ISO_IR 100';

/** The documents of all cases, of a patient whose name is in Latin 1: reports on one X-ray image, and what stands beside. */
export function casePages(manifest: Manifest): CasePage[] {
  const reports = Object.keys(reportCases).map((outcome) => {
    const stratum = { outcome, modality: 'CR', characterSet };
    return { name: outcome, object: buildReport(reportSample(manifest, stratum, 2).request) };
  });
  const others = Object.entries(beside).flatMap(([name, { modality, kind }]) => {
    const sample = reportSample(manifest, { outcome: 'finding', modality, characterSet }, 4);
    return sampleObjects(sample)
      .filter((each) => each.kind === kind)
      .map(({ object }) => ({ name, object }));
  });
  return [...reports, ...others];
}

/** The file in docs/results. */
export function pageName({ name }: CasePage): string {
  return `${name.replaceAll(' ', '-')}.html`;
}
