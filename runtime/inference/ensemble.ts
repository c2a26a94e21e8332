import { readBundleFile, type Bundle } from '../../models/bundle.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import { graphFile, type Manifest } from '../../models/manifest.ts';
import { type Model, type ModelOutput, openModel } from './onnx-session.ts';
import { onProcessor } from './session/placement.ts';
import { openRuntime } from './session/runtimes.ts';
import type { Provider, Runtime } from './session/session-port.ts';
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
  /** Mean of the members' mask logits of the original view: what another view shows lies elsewhere. */
  mask: ModelOutput['mask'];
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
  if (maps.some((map) => map?.rows !== first.rows || map.columns !== first.columns))
    throw new ScansideError('MODEL_FAULT', 'the members give maps of different sizes');
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
    mask: meanMap(originals.map(({ mask }) => mask)),
  };
}

/** What the networks of a bundle run on. */
export interface Host {
  runtime: Runtime;
  /** Threads of one operator. */
  threads: number;
  /** What a member, counted from 0, runs on; the provider's name chooses its graph by the manifest's `runs`. */
  provider(member: number): Provider;
  /** Further configuration entries of ONNX Runtime. */
  entries?: Readonly<Record<string, string>>;
  /** The compiled graph of a member, where one is opened instead of the bundle's. Throws ENGINE_CACHE_REFUSED. */
  engine?(member: number): Uint8Array;
}

/** The processor of this machine, in this process. The caller closes its runtime. */
export async function openProcessor(): Promise<Host> {
  const runtime = await openRuntime(onProcessor);
  return { runtime, threads: onProcessor.threads, provider: () => ({ name: 'cpu' }) };
}

/** SHA-256 of every graph of a member. */
function digestsOf({ network, files }: Manifest, at: number): string[] {
  const graphs = Object.values(network.members[at] ?? {}).filter((file) => file !== undefined);
  return graphs.flatMap((file) => files[file]?.sha256 ?? []);
}

function openMember(bundle: Bundle, at: number, files: Files, host: Host): Promise<Model> {
  const { identity, network } = bundle.manifest;
  const { runtime, threads, entries = {} } = host;
  const provider = host.provider(at);
  const bytes =
    host.engine?.(at) ??
    readBundleFile(bundle, graphFile(bundle.manifest, at, provider.name), files);
  const name = `${identity.name}.${identity.version}.${at + 1}`;
  const relatives = digestsOf(bundle.manifest, at);
  return openModel(bytes, network, runtime, { name, provider, threads, entries, relatives });
}

/** Opens every member; closes those that are open where one cannot be. */
async function openMembers(bundle: Bundle, files: Files, host: Host): Promise<Model[]> {
  const models: Model[] = [];
  try {
    for (const at of bundle.manifest.network.members.keys())
      models.push(await openMember(bundle, at, files, host));
    return models;
  } catch (error) {
    for (const model of models) await model.release();
    throw error;
  }
}

/**
 * Opens every member's graph, on a host that others may use too; without one, on the processor. Throws BUNDLE_INVALID
 * or MODEL_FAULT.
 */
export async function openEnsemble(bundle: Bundle, files: Files, host?: Host): Promise<Ensemble> {
  const { network } = bundle.manifest;
  const used = host ?? (await openProcessor());
  const models = await openMembers(bundle, files, used);
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
      if (!host) await used.runtime.close();
    },
  };
}
