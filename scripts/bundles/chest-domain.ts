// Learns the domain of a shipped chest bundle anew: gate, line and drift reference, with networks and thresholds as they are.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { packCommand } from '../../cli/model-pack.ts';
import { disk } from '../../device/files.ts';
import { loadBundle } from '../../models/bundle.ts';
import { goldenFile } from '../../models/golden.ts';
import { manifestFile } from '../../models/manifest-rules.ts';
import { domainImages } from './domain-images.ts';

const usage = `Usage: node scripts/launch.mjs scripts/bundles/chest-domain.ts --population child|adult --dataset FOLDER --out FOLDER [--texts FOLDER]

  --dataset FOLDER   the data set with its parts train and validation (scanside dataset import, split)
  --texts FOLDER     card.md and LICENSE (default: those of the bundle)
  --out FOLDER       where bundles are kept; models/bundles replaces the shipped one
`;

const string = { type: 'string' } as const;
const { population, dataset, texts, out } = parseArgs({
  options: { population: string, dataset: string, texts: string, out: string },
}).values;

/** The bundle as a draft: what packing fills in is left out. */
function writeDraft(folder: string, draft: string, words: string): void {
  const { manifest } = loadBundle(folder, disk);
  const { files, drift, ...rest } = manifest;
  mkdirSync(draft, { recursive: true });
  const learnt = [manifest.domain?.file, drift?.file, goldenFile, manifestFile];
  for (const name of Object.keys(files).filter((each) => !learnt.includes(each)))
    copyFileSync(join(folder, name), join(draft, name));
  for (const name of ['card.md', 'LICENSE']) copyFileSync(join(words, name), join(draft, name));
  writeFileSync(join(draft, 'draft.json'), JSON.stringify(rest));
  const golden = JSON.parse(disk.readText(join(folder, goldenFile)));
  for (const each of golden.cases) delete each.steps;
  writeFileSync(join(draft, goldenFile), JSON.stringify(golden));
}

async function learn(name: 'child' | 'adult', data: string, target: string): Promise<number> {
  const work = mkdtempSync(join(tmpdir(), 'chest-domain-'));
  const bundles = join(import.meta.dirname, '..', '..', 'models', 'bundles');
  const shipped = join(bundles, `chest-${name}`, '1.0.0');
  const draft = join(work, 'draft');
  writeDraft(shipped, draft, texts ?? shipped);
  const images = Object.entries(domainImages(name, data, work)).flatMap(([option, selection]) => [
    `--${option}`,
    selection,
  ]);
  const io = { out: console.log, error: console.error };
  const args = ['--draft', draft, '--out', target, '--replace', ...images];
  const status = await packCommand.run(args, io);
  rmSync(work, { recursive: true });
  return status;
}

if ((population === 'child' || population === 'adult') && dataset && out)
  process.exitCode = await learn(population, dataset, out);
else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
