import { basename } from 'node:path';
import type { Files } from '../device/files.ts';
import { type Layout, readTruth, type Truth } from '../models/evaluation/case-table.ts';
import { chooseLabel, datasetColumns, datasetTruth } from '../models/evaluation/dataset-truth.ts';
import type { Source } from '../models/evaluation/evaluation.ts';
import { readTrained, refuseTornPatients, refuseTrained } from '../models/evaluation/leakage.ts';
import { type PartRequest, takePart } from '../models/evaluation/part.ts';
import { refuseScores } from '../models/evaluation/sample.ts';
import { openDataset } from './dataset-folder.ts';
import type { EvaluationRequest } from './evaluation-request.ts';
import { openTable, type Table } from './evaluation-table.ts';

/** Labelled cases, before any answer. */
export interface Labelled {
  truths: Truth[];
  source: Source;
  /** The folder that their files are in. */
  folder: string;
}

function layoutOf(
  { label = 'label', positive, cluster }: EvaluationRequest,
  { content }: Table,
): Layout {
  const patient = cluster ?? (content.columns.includes('patient') ? 'patient' : undefined);
  return { label, positive, patient };
}

function describeFinding({ label, positive }: Layout): string {
  return `${label} is ${positive.length ? positive.join(' or ') : '1'}`;
}

function requireSubgroups(
  wanted: readonly string[],
  name: string,
  columns: readonly string[],
): void {
  const missing = wanted.find((column) => !columns.includes(column));
  if (missing !== undefined) throw refuseScores(`${name} has no column "${missing}" for subgroups`);
}

function describePart({ part, rule }: PartRequest): string {
  const { train, validation, test } = rule?.percentages ?? {};
  return rule
    ? `, part ${part} of the split ${rule.seed} (${train}/${validation}/${test})`
    : `, part ${part}`;
}

/** The cases that are evaluated. Throws SCORES_INVALID for patients that would leak. */
function select(
  files: Files,
  truths: Truth[],
  patient: string,
  { part, train }: EvaluationRequest,
): Truth[] {
  // A rule cannot part a patient.
  if (!part?.rule) refuseTornPatients(truths);
  const kept = part ? takePart(truths, part) : truths;
  if (train !== undefined) {
    const { name, content } = openTable(files, train);
    refuseTrained(kept, readTrained(name, content, patient));
  }
  return kept;
}

function labelTable(
  files: Files,
  path: string,
  folder: string,
  request: EvaluationRequest,
): Labelled {
  const table = openTable(files, path);
  requireSubgroups(request.question.subgroups, table.name, table.content.columns);
  const layout = layoutOf(request, table);
  const all = readTruth(table.name, table.content, layout);
  const images = folder && `, images of ${basename(folder)}`;
  const part = request.part ? describePart(request.part) : '';
  return {
    truths: select(files, all, layout.patient ?? 'patient', request),
    source: {
      description: `${table.name}${images}${part}`,
      finding: describeFinding(layout),
      tables: { [table.name]: table.sha256 },
    },
    folder,
  };
}

function labelDataset(files: Files, folder: string, request: EvaluationRequest): Labelled {
  const dataset = openDataset(files, folder);
  requireSubgroups(request.question.subgroups, dataset.name, datasetColumns);
  const finding = chooseLabel(dataset, request.label ?? request.finding);
  const name = `${dataset.name} ${dataset.version}`;
  const part = request.part ? describePart(request.part) : '';
  return {
    truths: select(files, datasetTruth(dataset, finding), 'patient', request),
    source: { description: `data set ${name}${part}`, finding, tables: { [name]: dataset.hash } },
    folder,
  };
}

/** Reads the truth. Throws SCORES_INVALID or DATASET_INVALID. */
export function labelCases(files: Files, request: EvaluationRequest): Labelled {
  const { input } = request;
  if (input.kind === 'dataset') return labelDataset(files, input.dataset, request);
  return labelTable(files, input.truth, input.kind === 'images' ? input.images : '', request);
}
