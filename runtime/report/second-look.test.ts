import { expect, it } from 'vitest';
import { reportSample } from '../../demo/report-sample.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { assess } from './assessment.ts';
import { buildCheckedReport } from './checked-report.ts';

const stratum = { outcome: 'finding', modality: 'CR', characterSet: 'ISO_IR 100' };
const { request } = reportSample(sampleManifest, stratum, 0);

it('says of a flag of a model that is trusted less to look twice, and keeps every rule', () => {
  if (request.conclusion.state === 'not-analysed') throw new Error('no answer');
  const conclusion = { ...request.conclusion, secondLook: true } as const;
  const marked = { ...request, conclusion };
  expect(assess(marked).comment).toContain('look at the flag twice');
  expect(assess(request).comment).not.toContain('twice');
  expect(buildCheckedReport(marked)).toMatchObject({ conclusion, broken: [] });
});
