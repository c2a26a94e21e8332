import { expect, it } from 'vitest';
import { headerOf, reportSample } from '../../demo/report-sample.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { buildCheckedReport } from './checked-report.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';
import { checkReport } from './rules.ts';

const stratum = { outcome: 'finding', modality: 'CR', characterSet: 'ISO_IR 100' };
const { request } = reportSample(sampleManifest, stratum, 0);

it('a report that keeps the rules is what it was', () => {
  expect(buildCheckedReport(request)).toEqual({
    conclusion: request.conclusion,
    object: buildReport(request),
    broken: [],
  });
});

it('a report that breaks a rule becomes one that says the study was not analysed, every time the same', () => {
  const show = { ...sampleManifest.show, flag: false };
  const silenced: ReportRequest = { ...request, manifest: { ...sampleManifest, show } };
  const checked = buildCheckedReport(silenced);
  expect(new Set(checked.broken.map(({ id }) => id))).toEqual(new Set(['presentation']));
  expect(checked.conclusion).toEqual({
    state: 'not-analysed',
    reason: 'unwritable',
    detail: 'It breaks the rule presentation',
  });
  const instead = { ...silenced, conclusion: checked.conclusion };
  expect(checked.object).toEqual(buildReport(instead));
  expect(checkReport(checked.object!.dataSet, instead)).toEqual([]);
  expect(buildCheckedReport(silenced)).toEqual(checked);
});

it('nothing may be sent of images of two patients', () => {
  const stranger = headerOf({ StudyInstanceUID: '2.25.1', PatientID: 'X', PatientName: 'Doe' });
  const checked = buildCheckedReport(request, [request.source, stranger]);
  expect(checked.object).toBeUndefined();
  expect(checked.conclusion).toMatchObject({ reason: 'unwritable' });
  expect(JSON.stringify(checked)).not.toContain('Doe');
});
