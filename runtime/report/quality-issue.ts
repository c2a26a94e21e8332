import type { Code } from '../../models/manifest.ts';
import type { QualityIssue } from '../../models/outcome.ts';
import { dcm } from './code.ts';

/** CID 7011 Rejected for Quality Reasons (PS3.16). */
export const qualityIssueCodes: Record<QualityIssue, Code> = {
  artifact: dcm('111207', 'Image artifact(s)'),
  positioning: dcm('111209', 'Positioning'),
  'motion-blur': dcm('111210', 'Motion blur'),
  'under-exposed': dcm('111211', 'Under exposed'),
  'over-exposed': dcm('111212', 'Over exposed'),
  'no-image': dcm('111213', 'No image'),
  'detector-artifact': dcm('111214', 'Detector artifact(s)'),
  'double-exposure': dcm('113026', 'Double exposure'),
};
