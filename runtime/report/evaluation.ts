import type { Code, Finding } from '../../models/manifest.ts';
import type { Assessment } from './assessment.ts';
import { dcm, sct } from './code.ts';
import { type ContentItem, codeItem, containerItem, textItem } from './content.ts';

const qualitativeEvaluations: Code = {
  value: 'C0034375',
  scheme: 'UMLS',
  meaning: 'Qualitative Evaluations',
};

/** CID 7035 Actionable Finding Classification. */
const actionable: Record<Finding['actionable'], Code> = {
  1: { value: 'RID49480', scheme: 'RADLEX', meaning: 'ACR Category 1 Actionable Finding' },
  2: { value: 'RID49481', scheme: 'RADLEX', meaning: 'ACR Category 2 Actionable Finding' },
  3: { value: 'RID49482', scheme: 'RADLEX', meaning: 'ACR Category 3 Actionable Finding' },
};

/** The Qualitative Evaluations of TID 1500: what the result means, for the study as a whole. */
export function qualitativeEvaluation(assessment: Assessment): ContentItem {
  const { summary, presences, analyses, comment } = assessment;
  return containerItem('CONTAINS', qualitativeEvaluations, [
    codeItem('CONTAINS', dcm('111017', 'CAD Processing and Findings Summary'), summary),
    ...presences.map(({ finding, presence }) => codeItem('CONTAINS', finding.finding, presence)),
    ...urgencyItems(assessment),
    ...(analyses ? [codeItem('CONTAINS', dcm('111065', 'Summary of Analyses'), analyses)] : []),
    textItem('CONTAINS', dcm('121106', 'Comment'), comment),
  ]);
}

/** Only a flag has a significance: what was not found is not called insignificant. */
function urgencyItems({ flagged }: Assessment): ContentItem[] {
  const [mostUrgent] = flagged.map((finding) => finding.actionable).sort((a, b) => a - b);
  if (!mostUrgent) return [];
  const significance = sct('371926006', 'Highly significant');
  return [
    codeItem('CONTAINS', dcm('121403', 'Level of Significance'), significance),
    codeItem('CONTAINS', dcm('121075', 'Recommendation'), actionable[mostUrgent]),
  ];
}
