import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ScansideError } from '../device/errors.ts';
import { disk, type Files } from '../device/files.ts';
import { type Bundle, loadBundle, readBundleFile } from '../models/bundle.ts';
import { graphFile } from '../models/manifest.ts';
import { readGraphFacts } from '../runtime/inference/kserve/graph-facts.ts';
import {
  describeForTriton,
  tritonGraph,
  type TritonModel,
  tritonVersion,
} from '../runtime/inference/kserve/triton-model.ts';
import type { Command } from './command.ts';
import { choice, readOptions, required, runCommand, wholeNumber } from './options.ts';

const usage = `Lays out the networks of a bundle as a model repository for Triton: for each member a folder with config.pbtxt
and the graph. The device checks inputs, outputs and the graph's hash when it opens a network there.

Usage: scanside model triton --bundle FOLDER --out REPOSITORY [OPTIONS]

  --bundle FOLDER     the folder NAME/VERSION of a bundle
  --out REPOSITORY    the model repository; BUNDLE.VERSION.MEMBER is made in it and must not be there yet
  --provider NAME     which graphs of the bundle to serve, and on what: cpu (default) or tensorrt
  --instances N       copies of each network on an accelerator, 1 to 16 (default 1)
  --help              this text`;

const options = {
  bundle: { type: 'string' },
  out: { type: 'string' },
  provider: { type: 'string', default: 'cpu' },
  instances: { type: 'string', default: '1' },
  help: { type: 'boolean' },
} as const;

interface Wanted {
  provider: 'cpu' | 'tensorrt';
  instances: number;
}

interface LaidOut extends TritonModel {
  graph: Uint8Array;
}

function describeMember(bundle: Bundle, at: number, wanted: Wanted, files: Files): LaidOut {
  const { identity, network } = bundle.manifest;
  const { provider, instances } = wanted;
  const graph = readBundleFile(bundle, graphFile(bundle.manifest, at, provider), files);
  const quantised = network.runs.tensorrt === 'int8.trt';
  return {
    name: `${identity.name}.${identity.version}.${at + 1}`,
    graph,
    facts: readGraphFacts(graph),
    digest: createHash('sha256').update(graph).digest('hex'),
    batch: network.input.batch,
    instances,
    accelerator: provider === 'cpu' ? { name: provider } : { name: provider, quantised },
  };
}

function write(repository: string, model: LaidOut, files: Files): void {
  const folder = join(repository, model.name);
  const version = join(folder, tritonVersion);
  files.makeFolder(version);
  files.replace(join(version, tritonGraph), model.graph);
  files.replace(join(folder, 'config.pbtxt'), describeForTriton(model));
}

/** Writes every member of a bundle into a model repository; returns their names. Throws BUNDLE_INVALID. */
export function layOutForTriton(
  bundle: Bundle,
  repository: string,
  wanted: Wanted,
  files: Files,
): string[] {
  const members = [...bundle.manifest.network.members.keys()];
  const models = members.map((at) => describeMember(bundle, at, wanted, files));
  const taken = models.find(({ name }) => files.exists(join(repository, name)));
  if (taken)
    throw new ScansideError('BUNDLE_INVALID', `${join(repository, taken.name)} is there already`);
  for (const model of models) write(repository, model, files);
  return models.map(({ name }) => name);
}

/** `scanside model triton`. */
export const tritonCommand: Command = {
  summary: 'lays out a bundle as a model repository for Triton',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const wanted = {
        provider: choice('provider', values.provider, ['cpu', 'tensorrt']),
        instances: wholeNumber('instances', values.instances, 1, 16),
      };
      const repository = required('out', values.out);
      const bundle = loadBundle(required('bundle', values.bundle), disk);
      for (const name of layOutForTriton(bundle, repository, wanted, disk)) io.out(name);
      return 0;
    }),
};
