import type { Code } from '../../models/manifest.ts';
import { algorithmOf } from './algorithm.ts';
import type { Assessment } from './assessment.ts';
import { dcm } from './code.ts';
import { type ContentItem, codeItem, containerItem, rootContainer } from './content.ts';
import { qualitativeEvaluation } from './evaluation.ts';
import { deviceObserverUid } from './identity.ts';
import { procedureCode } from './modality.ts';
import type { ReportRequest, SourceInstance } from './request.ts';
import { deviceObserver } from './tid1001.ts';
import { type Measurement, measurementGroup } from './tid1501.ts';
import { imageLibrary } from './tid1600.ts';
import { algorithmIdentification } from './tid4019.ts';

export const english: Code = {
  value: 'en-US',
  scheme: 'RFC5646',
  meaning: 'English (United States)',
};

/**
 * TID 1500 Measurement Report (PS3.16), the whole document tree. Image Library and Imaging Measurements are always
 * there, even without a measurement, because viewers look into them unasked.
 */
export function measurementReport(
  request: ReportRequest,
  assessment: Assessment,
  images: SourceInstance[],
  measurements: Measurement[],
): ContentItem {
  const language = dcm('121049', 'Language of Content Item and Descendants');
  const procedure = procedureCode(images[0]?.modality ?? '');
  const children = [
    codeItem('HAS CONCEPT MOD', language, english),
    ...deviceObserver(request.device, deviceObserverUid(request)),
    codeItem('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), procedure),
    imageLibrary(images),
    imagingMeasurements(request, measurements),
    qualitativeEvaluation(assessment),
  ];
  return rootContainer(dcm('126000', 'Imaging Measurement Report'), children, '1500');
}

function imagingMeasurements(request: ReportRequest, measurements: Measurement[]): ContentItem {
  const algorithm = algorithmOf(request);
  return containerItem('CONTAINS', dcm('126010', 'Imaging Measurements'), [
    ...algorithmIdentification(algorithm),
    ...measurements.map((measurement) => measurementGroup(measurement, algorithm)),
  ]);
}
