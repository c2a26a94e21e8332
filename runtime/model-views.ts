import type { Applicability } from '../models/applicability-rule.ts';
import type { Bundle } from '../models/bundle.ts';
import type { ModelView, ScopeRule } from '../panel/model-view.ts';

/** What the models in service say of themselves, from their manifests. */
export function describeModels(bundles: readonly Bundle[]): ModelView[] {
  return bundles.map(describeModel);
}

function describeModel({ hash, manifest }: Bundle): ModelView {
  const { identity, labelling, explanation, provenance, show } = manifest;
  return {
    name: identity.name,
    version: identity.version,
    vendor: identity.vendor,
    hash,
    profile: manifest.presentation,
    cleared: identity.status === 'cleared',
    notice: labelling.notice,
    intendedUse: labelling.intendedUse,
    scope: describeScope(manifest.applies),
    notFor: labelling.contraindications,
    limits: labelling.limitations,
    findings: manifest.findings.map(({ label, performance }) => ({
      label,
      dataset: performance.dataset,
      chosenFor: performance.chosenFor,
      sensitivity: performance.sensitivity,
      specificity: performance.specificity,
    })),
    leftOut: manifest.domain?.falseStops,
    evidence: manifest.evidence.statement,
    explanation: show.localisation ? explanation.statement : '',
    trainingData: provenance.data,
    licence: provenance.licence,
  };
}

function describeScope(applies: Applicability): ScopeRule[] {
  const { modality, bodyPart, viewPosition, ageYears, sliceThickness, contrast } = applies;
  const rules: Record<ScopeRule['id'], string | undefined> = {
    modality: modality.join(', '),
    'body-part': bodyPart.join(', '),
    view: viewPosition?.join(', '),
    age: ageYears && `${ageYears.low}–${ageYears.high}`,
    'slice-thickness': sliceThickness && `${sliceThickness.low}–${sliceThickness.high} mm`,
    contrast: contrast === false ? 'no' : undefined,
  };
  return Object.entries(rules).flatMap(([id, value]) =>
    value === undefined ? [] : [{ id: id as ScopeRule['id'], value }],
  );
}
