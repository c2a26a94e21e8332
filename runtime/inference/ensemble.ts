import { readBundleFile, type Bundle } from '../../models/bundle.ts';
import type { Files } from '../../device/files.ts';
import { cpuFile } from '../../models/manifest.ts';
import { type Model, type ModelOutput, openModel } from './onnx-session.ts';
import { seeAs } from './view.ts';

/** What all members of a bundle say of one input. */
export interface EnsembleOutput {
  /** Mean over members and views. */
  logits: number[];
  /** Mean logits of each member over its views. */
  members: number[][];
  /** Mean of the members' maps of the original view. */
  cam: ModelOutput['cam'];
  /** Of the first member: embeddings of different networks have nothing in common. */
  embedding: Float32Array | undefined;
}

/** The members of a bundle, open. */
export interface Ensemble {
  run(inputs: readonly Float32Array[]): Promise<EnsembleOutput[]>;
  release(): Promise<void>;
}

function mean(lists: readonly ArrayLike<number>[]): number[] {
  const length = lists[0]?.length ?? 0;
  return Array.from(
    { length },
    (_, at) => lists.reduce((sum, list) => sum + (list[at] ?? Number.NaN), 0) / lists.length,
  );
}

function meanMap(maps: readonly ModelOutput['cam'][]): ModelOutput['cam'] {
  const [first] = maps;
  if (!first || maps.length === 1) return first;
  return { ...first, values: Float32Array.from(mean(maps.map((map) => map?.values ?? []))) };
}

function combine(outputs: ModelOutput[][]): EnsembleOutput {
  const members = outputs.map((views) => mean(views.map(({ logits }) => logits)));
  const originals = outputs.flatMap((views) => views.slice(0, 1));
  return {
    logits: mean(members),
    members,
    cam: meanMap(originals.map(({ cam }) => cam)),
    embedding: originals[0]?.embedding,
  };
}

/** Opens every member's graph for the CPU. Throws BUNDLE_INVALID or MODEL_FAULT. */
export async function openEnsemble(bundle: Bundle, files: Files): Promise<Ensemble> {
  const { network } = bundle.manifest;
  const models: Model[] = [];
  for (const at of network.members.keys()) {
    const bytes = readBundleFile(bundle, cpuFile(bundle.manifest, at), files);
    models.push(await openModel(bytes, network));
  }
  const see = (input: Float32Array) => [
    input,
    ...network.views.map((view) => seeAs(view, input, network.input)),
  ];
  return {
    async run(inputs) {
      const seen = inputs.flatMap(see);
      const views = 1 + network.views.length;
      const answers: ModelOutput[][] = [];
      for (const model of models) answers.push(await model.run(seen));
      return inputs.map((_, at) =>
        combine(answers.map((all) => all.slice(at * views, (at + 1) * views))),
      );
    },
    async release() {
      for (const model of models) await model.release();
    },
  };
}
