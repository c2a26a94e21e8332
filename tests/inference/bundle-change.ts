import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { decodeModel, encodeModel } from '../../models/onnx/model-file.ts';
import type { GraphProto, ModelProto } from '../../models/onnx/proto.ts';

/** Changes the copy of the shipped bundle that lies in `folder`. */
export type Change = (folder: string) => void;

/** A way in which a bundle can be wrong, and the rule that must say so. */
export interface HostileBundle {
  name: string;
  change: Change;
  rule: string;
}

/** A manifest is changed in ways that its type forbids. */
// eslint-disable-next-line typescript/no-explicit-any
export type AnyManifest = any;

export function manifest(change: (manifest: AnyManifest) => void): Change {
  return (folder) => {
    const path = join(folder, 'manifest.json');
    const changed = JSON.parse(fs.readFileSync(path, 'utf8'));
    change(changed);
    fs.writeFileSync(path, JSON.stringify(changed));
  };
}

/** Changes a file and lists what came out, as somebody would who means it. */
export function file(name: string, change: (bytes: Buffer) => Uint8Array): Change {
  return (folder) => {
    const path = join(folder, name);
    const bytes = change(fs.existsSync(path) ? fs.readFileSync(path) : Buffer.alloc(0));
    fs.writeFileSync(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    manifest(({ files }) => (files[name] = { sha256, size: bytes.length }))(folder);
  };
}

export function graph(change: (graph: GraphProto, model: ModelProto) => void): Change {
  return file('model.onnx', (bytes) => {
    const model = decodeModel(bytes);
    change(model.graph!, model);
    return encodeModel(model);
  });
}

export function golden(change: (golden: AnyManifest) => void): Change {
  return file('golden.json', (bytes) => {
    const changed = JSON.parse(bytes.toString());
    change(changed);
    return Buffer.from(JSON.stringify(changed));
  });
}
