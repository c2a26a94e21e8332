import type { Code, Finding } from '../../models/manifest.ts';
import type { StudyFinding } from '../../models/outcome.ts';

/** CID 7035 Actionable Finding Classification, the most urgent first. */
const categories: Code[] = [
  { value: 'RID49480', scheme: 'RADLEX', meaning: 'ACR Category 1 Actionable Finding' },
  { value: 'RID49481', scheme: 'RADLEX', meaning: 'ACR Category 2 Actionable Finding' },
  { value: 'RID49482', scheme: 'RADLEX', meaning: 'ACR Category 3 Actionable Finding' },
];

/** How many categories below that of its finding a tier is; the last category stays the last. */
const stepsDown = { high: 0, medium: 1, low: 2 };

/**
 * The category of the most urgent flag, by the tier that its probability reaches; a finding without tiers has one
 * category for all its flags. Undefined where nothing is flagged.
 */
export function actionableCategory(
  findings: readonly Finding[],
  seen: readonly StudyFinding[],
): Code | undefined {
  const steps = seen
    .filter(({ flagged }) => flagged)
    .flatMap(({ finding, probability }) =>
      findings.filter(({ id }) => id === finding).map((each) => stepOf(each, probability)),
    );
  return categories[Math.min(...steps, categories.length)];
}

function stepOf({ actionable, tiers = [] }: Finding, probability: number): number {
  const tier = tiers.find(({ from }) => probability >= from);
  return Math.min(actionable - 1 + (tier ? stepsDown[tier.name] : 0), categories.length - 1);
}
