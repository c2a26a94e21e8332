import { isProportion } from './figure.ts';
import type { Finding } from './finding.ts';
import { goldenFile } from './golden.ts';
import type { Manifest, PreprocessStep } from './manifest.ts';

/** Name of the file that says what a bundle is. */
export const manifestFile = 'manifest.json';

/** Each rule by its name: what must be so, and whether it is. */
interface ManifestRule {
  name: string;
  must: string;
  keeps(manifest: Manifest): boolean;
}

const rules: ManifestRule[] = [
  {
    name: 'network-listed',
    must: 'every graph of the network must be listed in files',
    keeps: (manifest) => graphsOf(manifest).every((name) => name in manifest.files),
  },
  {
    name: 'graph-declared',
    must: 'every .onnx file must be a graph of the network',
    keeps: (manifest) =>
      Object.keys(manifest.files).every(
        (name) => !name.endsWith('.onnx') || graphsOf(manifest).includes(name),
      ),
  },
  {
    name: 'variant-present',
    must: 'every member must have the graphs that network.runs chooses',
    keeps: ({ network: { members, runs } }) =>
      members.every((member) => member[runs.cpu] && member[runs.tensorrt]),
  },
  {
    name: 'golden-listed',
    must: `${goldenFile} must be listed in files`,
    keeps: ({ files }) => goldenFile in files,
  },
  {
    name: 'manifest-unlisted',
    must: `${manifestFile} must not list itself`,
    keeps: ({ files }) => !(manifestFile in files),
  },
  {
    name: 'finding-ids',
    must: 'finding ids must differ',
    keeps: ({ findings }) => new Set(findings.map(({ id }) => id)).size === findings.length,
  },
  {
    name: 'clearance-number',
    must: 'a cleared model must name its clearance, and no other may',
    keeps: ({ identity }) => (identity.status === 'cleared') === (identity.clearance !== undefined),
  },
  {
    name: 'presentation-localisation',
    must: 'triage-notify must not show where a model reacted',
    keeps: ({ presentation, show }) => presentation !== 'triage-notify' || !show.localisation,
  },
  {
    name: 'explanation-output',
    must: 'a class activation map needs the output cam',
    keeps: ({ explanation, network }) =>
      explanation.method === 'none' || network.outputs.cam !== undefined,
  },
  {
    name: 'mask-threshold',
    must: 'a mask needs its threshold, and the threshold a mask',
    keeps: ({ network: { outputs, maskThreshold } }) =>
      (outputs.mask === undefined) === (maskThreshold === undefined),
  },
  {
    name: 'mask-input',
    must: 'a mask is of one image: of an image, a slice, or the middle slice of a slab',
    keeps: ({ network: { outputs, input } }) =>
      outputs.mask === undefined || input.kind !== 'volume',
  },
  {
    name: 'preprocess-size',
    must: 'preprocess must end in the size of the network’s input; a volume takes its own from its spacing',
    keeps: ({ preprocess, network: { input } }) => {
      const last = preprocess.findLast(changesSize);
      if (input.kind === 'volume') return last === undefined;
      return (
        last !== undefined &&
        'rows' in last &&
        last.rows === input.rows &&
        last.columns === input.columns
      );
    },
  },
  {
    name: 'percentile-order',
    must: 'a percentile window must have low below high',
    keeps: ({ preprocess }) =>
      preprocess.every((step) => step.step !== 'percentile-window' || step.low < step.high),
  },
  {
    name: 'input-slices',
    must: 'slices must be 1 for an image or slice, odd for a slab; a volume needs its spacing',
    keeps: ({ network: { input } }) => isSliced(input),
  },
  {
    name: 'age-gate',
    must: 'an unknown age can be left to the gate only where there is one',
    keeps: ({ applies, domain }) => applies.ageYears?.absent !== 'gate' || domain !== undefined,
  },
  {
    name: 'domain-listed',
    must: 'the reference of the domain must be listed in files',
    keeps: ({ domain, files }) => domain === undefined || domain.file in files,
  },
  {
    name: 'drift-listed',
    must: 'the reference of the drift must be listed in files',
    keeps: ({ drift, files }) => drift === undefined || drift.file in files,
  },
  {
    name: 'performance-interval',
    must: 'every interval must follow from its counts (95 %, Wilson)',
    keeps: ({ findings }) => findings.every(hasHonestIntervals),
  },
  {
    name: 'tier-order',
    must: 'tiers must go down and end at the threshold',
    keeps: ({ findings }) => findings.every(hasOrderedTiers),
  },
];

function changesSize(step: PreprocessStep): boolean {
  return 'rows' in step || step.step === 'crop' || step.step === 'resample';
}

function graphsOf({ network }: Manifest): string[] {
  return network.members.flatMap((member) =>
    Object.values(member).filter((name) => name !== undefined),
  );
}

function isSliced({ kind, slices, spacing }: Manifest['network']['input']): boolean {
  if (kind === 'slab') return slices % 2 === 1;
  if (kind === 'volume') return spacing !== undefined;
  return slices === 1;
}

function hasHonestIntervals({ performance, tiers = [] }: Finding): boolean {
  const { auc, sensitivity, specificity } = performance;
  const confirmed = tiers.flatMap((tier) => tier.confirmed ?? []);
  return (
    auc.low <= auc.value &&
    auc.value <= auc.high &&
    [sensitivity, specificity, ...confirmed].every(isProportion)
  );
}

function hasOrderedTiers({ tiers, threshold }: Finding): boolean {
  if (!tiers) return true;
  const starts = tiers.map(({ from }) => from);
  const falls = starts.every((from, at) => at === 0 || from < (starts[at - 1] ?? 0));
  return falls && starts.at(-1) === threshold;
}

/** What the schema cannot say: the first rule that a manifest breaks, or undefined. */
export function brokenRule(manifest: Manifest): { name: string; must: string } | undefined {
  return rules.find((rule) => !rule.keeps(manifest));
}
