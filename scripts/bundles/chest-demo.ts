// Writes the draft of the bundle on phantoms, or phantoms as DICOM files for its reference.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import type { PhantomFinding } from '../../models/phantom/finding.ts';
import { chestDemo } from '../../models/training/chest-demo.ts';
import { writePart10 } from '../../runtime/dicom/part10.ts';

const usage = `Usage: node scripts/launch.mjs scripts/bundles/chest-demo.ts --draft FOLDER
       node scripts/launch.mjs scripts/bundles/chest-demo.ts --phantoms FOLDER --first SEED --count N
`;

/** PyTorch's answers to one of each finding, none and all: another runtime is held against them, not against itself. */
const golden: {
  seed: number;
  findings: PhantomFinding[];
  probabilities: Record<string, number>;
}[] = [
  {
    seed: 9003,
    findings: [],
    probabilities: { pneumothorax: 0.00835, 'pleural-effusion': 0.01259, nodule: 0.01501 },
  },
  {
    seed: 9004,
    findings: ['pneumothorax'],
    probabilities: { pneumothorax: 0.99999, 'pleural-effusion': 0.0036, nodule: 0.02372 },
  },
  {
    seed: 9006,
    findings: ['pleural-effusion'],
    probabilities: { pneumothorax: 0.01131, 'pleural-effusion': 0.99993, nodule: 0.01326 },
  },
  {
    seed: 9007,
    findings: ['nodule'],
    probabilities: { pneumothorax: 0.00537, 'pleural-effusion': 0.00934, nodule: 0.99807 },
  },
  {
    seed: 9008,
    findings: ['pneumothorax', 'pleural-effusion', 'nodule'],
    probabilities: { pneumothorax: 0.99732, 'pleural-effusion': 0.99526, nodule: 1.0 },
  },
];

const shipped = join(import.meta.dirname, '..', '..', 'models', 'bundles', 'chest-demo', '1.0.0');
const patient = { name: 'DEMO^GOLDEN', id: 'DEMO-0000' };

function writePhantom(path: string, seed: number, findings?: PhantomFinding[]): void {
  const request = { seed, size: 224, patient, studyInstanceUid: `2.25.${seed}` };
  const made = makePhantomInstance({ ...request, ...(findings && { findings }) });
  writeFileSync(path, writePart10(made, made.dataSet));
}

function writeDraft(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ['model.onnx', 'card.md', 'LICENSE'])
    copyFileSync(join(shipped, name), join(folder, name));
  writeFileSync(join(folder, 'draft.json'), JSON.stringify(chestDemo, null, 2));
  const cases = golden.map(({ seed, findings, probabilities }) => {
    const name = `golden-${seed}.dcm`;
    writePhantom(join(folder, name), seed, findings);
    return { files: [name], probabilities };
  });
  writeFileSync(join(folder, 'golden.json'), JSON.stringify({ tolerance: 0.005, cases }));
}

const string = { type: 'string' } as const;
const { draft, phantoms, first, count } = parseArgs({
  options: { draft: string, phantoms: string, first: string, count: string },
}).values;

if (draft) writeDraft(draft);
else if (phantoms && first && count) {
  mkdirSync(phantoms, { recursive: true });
  for (let at = 0; at < Number(count); at++)
    writePhantom(join(phantoms, `phantom-${Number(first) + at}.dcm`), Number(first) + at);
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
