import type { Code } from '../../models/manifest.ts';
import type { Assessment } from './assessment.ts';
import { dcm } from './code.ts';
import { type ContentItem, codeItem, containerItem, textItem } from './content.ts';
import { withdrawalConcepts, type WithdrawalCodes } from './withdrawal.ts';

/** The container of TID 1500 for what a result means. */
export const qualitativeEvaluations: Code = {
  value: 'C0034375',
  scheme: 'UMLS',
  meaning: 'Qualitative Evaluations',
};

/** The Qualitative Evaluations of TID 1500: what the result means, for the study as a whole. */
export function qualitativeEvaluation(assessment: Assessment): ContentItem {
  const { summary, presences, comment } = assessment;
  return containerItem('CONTAINS', qualitativeEvaluations, [
    codeItem('CONTAINS', dcm('111017', 'CAD Processing and Findings Summary'), summary),
    ...presences.map(({ finding, presence }) => codeItem('CONTAINS', finding.finding, presence)),
    ...optional(dcm('121403', 'Level of Significance'), assessment.significance),
    ...optional(dcm('121075', 'Recommendation'), assessment.recommendation),
    ...optional(dcm('111065', 'Summary of Analyses'), assessment.analyses),
    ...optional(dcm('113010', 'Quality Issue'), assessment.quality),
    ...withdrawalItems(assessment.withdrawal),
    textItem('CONTAINS', dcm('121106', 'Comment'), comment),
  ]);
}

function withdrawalItems(codes: WithdrawalCodes | undefined): ContentItem[] {
  return [
    ...optional(withdrawalConcepts.intent, codes?.intent),
    ...optional(withdrawalConcepts.reason, codes?.reason),
    ...optional(withdrawalConcepts.role, codes?.role),
  ];
}

function optional(name: Code, value: Code | undefined): ContentItem[] {
  return value ? [codeItem('CONTAINS', name, value)] : [];
}
