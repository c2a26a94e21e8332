// Simulated: it computes on the processor, and refuses, writes and loads what TensorRT would. For tests alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { ScansideError } from '../../../device/errors.ts';
import { makeModel } from '../../../models/onnx/graph-parts.ts';
import { decodeModel, encodeModel } from '../../../models/onnx/model-file.ts';
import {
  type AttributeProto,
  attributeTypes,
  type GraphProto,
  type NodeProto,
} from '../../../models/onnx/proto.ts';
import { openNodeRuntime } from '../../../runtime/inference/session/node-session.ts';
import type {
  Runtime,
  Session,
  SessionSettings,
  Tensor,
} from '../../../runtime/inference/session/session-port.ts';
import type { Accelerator } from '../../../runtime/inference/tensorrt/accelerator.ts';
import { knownKeys } from './provider-keys.ts';

/** A machine that is not there. A file that holds one as JSON takes the place of the library. */
export interface SimulatedMachine extends Omit<Accelerator, 'onnxruntime'> {
  /** Milliseconds that a build takes. */
  buildMs?: number;
  /** What goes wrong: with the process during a build, or with every answer of what was built. */
  fault?: 'crash' | 'memory' | 'wrong answers';
}

/** JetPack 6.2 on an Orin. */
export const orin: SimulatedMachine = {
  tensorrt: '10.3.0',
  cuda: '12.6',
  computeCapability: '8.7',
};

type Options = Readonly<Record<string, string>>;

const contextOperator = { opType: 'EPContext', domain: 'com.microsoft' } as const;

function refuse(why: string): never {
  throw new ScansideError('ENGINE_LIBRARY_REFUSED', `simulated: ${why}`);
}

function fail(why: string): never {
  throw new ScansideError('MODEL_FAULT', `loading: simulated: ${why}`);
}

function checkKeys(options: Options): void {
  const unknown = Object.keys(options).find((key) => !knownKeys.includes(key));
  if (unknown !== undefined) refuse(`Unknown provider option: "${unknown}".`);
}

/** TensorRT 10 wants the flag for a quantised graph; 11 knows none. */
function checkPrecision(graph: GraphProto, options: Options, { tensorrt }: SimulatedMachine): void {
  const flags = ['trt_int8_enable', 'trt_fp16_enable'].filter((key) => options[key] === '1');
  const quantised = graph.node.some(({ opType }) => opType === 'QuantizeLinear');
  if (tensorrt.startsWith('11.') && flags.length > 0)
    fail(`${flags[0]} is not supported: networks are strongly typed`);
  if (tensorrt.startsWith('10.') && quantised && !flags.includes('trt_int8_enable'))
    fail('Int8 precision has been set for a layer, but int8 is not configured in the builder');
}

function checkOperators({ node }: GraphProto, settings: SessionSettings): void {
  const left = node.find(({ domain = '' }) => domain !== '');
  if (left && settings.entries?.['session.disable_cpu_ep_fallback'] === '1')
    fail(
      `graph nodes are assigned to the default CPU EP, but fallback is disabled: ${left.opType}`,
    );
}

/** Batch sizes that a profile such as `image:1x1x96x96` names. */
function batchOf(options: Options, end: 'min' | 'max'): number {
  const [, batch] = /^[^:]+:(\d+)(?:x\d+)+$/.exec(options[`trt_profile_${end}_shapes`] ?? '') ?? [];
  if (batch === undefined) fail(`there is no profile for the free dimension of the input`);
  return Number(batch);
}

/** What stands for an engine: what it is bound to, and the graph that it computes. */
interface Plan {
  tensorrt: string;
  computeCapability: string;
  batches: [min: number, max: number];
  wrong: boolean;
  graph: string;
}

function attribute(name: string, value: bigint | Uint8Array): AttributeProto {
  const none = { floats: [], ints: [], strings: [], tensors: [], graphs: [], typeProtos: [] };
  const made = { name, ...none, sparseTensors: [] };
  return typeof value === 'bigint'
    ? { ...made, i: value, type: attributeTypes.int }
    : { ...made, s: value, type: attributeTypes.string };
}

function makeContextModel({ input, output }: GraphProto, plan: Plan): Uint8Array {
  const node: NodeProto = {
    ...contextOperator,
    name: 'engine',
    input: input.map(({ name }) => name ?? ''),
    output: output.map(({ name }) => name ?? ''),
    attribute: [
      attribute('embed_mode', 1n),
      attribute('ep_cache_context', Buffer.from(JSON.stringify(plan))),
    ],
    metadataProps: [],
    deviceConfigurations: [],
  };
  const model = makeModel({ name: 'engine', node: [node], initializer: [], input, output });
  model.opsetImport.push({ domain: contextOperator.domain, version: 1n });
  return encodeModel(model);
}

/** Throws MODEL_FAULT for bytes that are no plan, or another machine's. */
function readPlan(node: NodeProto, machine: SimulatedMachine): Plan {
  try {
    const bytes = node.attribute.find(({ name }) => name === 'ep_cache_context')?.s ?? [];
    const plan = JSON.parse(Buffer.from(bytes).toString()) as Plan;
    const same =
      plan.tensorrt === machine.tensorrt && plan.computeCapability === machine.computeCapability;
    if (same) return plan;
  } catch {
    // Said below: TensorRT does not tell what it dislikes either.
  }
  return fail('TensorRT EP could not deserialize engine from binary data');
}

async function sufferFault({ fault }: SimulatedMachine): Promise<void> {
  if (fault === 'crash') process.kill(process.pid, 'SIGSEGV');
  const taken = fault === 'memory' ? Buffer.alloc(600 * 2 ** 20, 1) : undefined;
  if (fault === 'crash' || fault === 'memory') await wait(600_000, taken);
}

async function build(
  model: Uint8Array,
  settings: SessionSettings,
  options: Options,
  machine: SimulatedMachine,
): Promise<Uint8Array> {
  const graph = decodeModel(model).graph!;
  checkOperators(graph, settings);
  checkPrecision(graph, options, machine);
  const batches: Plan['batches'] = [batchOf(options, 'min'), batchOf(options, 'max')];
  await sufferFault(machine);
  await wait(machine.buildMs ?? 0);
  const { tensorrt, computeCapability, fault } = machine;
  const made = { tensorrt, computeCapability, batches, wrong: fault === 'wrong answers' };
  return makeContextModel(graph, { ...made, graph: Buffer.from(model).toString('base64') });
}

function writeContext(context: Uint8Array, options: Options, machine: SimulatedMachine): void {
  if (options['trt_timing_cache_enable'] === '1') {
    const name = `TensorrtExecutionProvider_cache_sm${machine.computeCapability.replace('.', '')}.timing`;
    writeFileSync(join(options['trt_timing_cache_path'] ?? '.', name), 'simulated timings');
  }
  if (options['trt_dump_ep_context_model'] === '1')
    writeFileSync(options['trt_ep_context_file_path'] ?? '', context);
}

function withinProfile(session: Session, { batches: [min, max], wrong }: Plan): Session {
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    async run(inputs, outputs, signal) {
      for (const { dims } of Object.values(inputs))
        if (dims[0]! < min || dims[0]! > max)
          throw new ScansideError(
            'MODEL_FAULT',
            `running: simulated: the batch ${dims[0]} is outside the profile`,
          );
      const answers = await session.run(inputs, outputs, signal);
      return wrong ? Object.fromEntries(Object.entries(answers).map(distort)) : answers;
    },
    close: () => session.close(),
  };
}

function distort([name, { dims, values }]: [string, Tensor]): [string, Tensor] {
  return [name, { dims, values: name === 'logits' ? values.map((value) => 3 - value) : values }];
}

/** TensorRT of a machine that is not there. */
export function openSimulatedTensorrt(machine: SimulatedMachine): Runtime {
  const processor = openNodeRuntime();
  const open = async (model: Uint8Array, settings: SessionSettings): Promise<Session> => {
    if (settings.provider.name === 'cpu') return processor.open(model, settings);
    const { options } = settings.provider;
    checkKeys(options);
    const [first] = decodeModel(model).graph?.node ?? [];
    const compiled = first?.opType === contextOperator.opType;
    const context = compiled ? model : await build(model, settings, options, machine);
    if (!compiled) writeContext(context, options, machine);
    const plan = readPlan(decodeModel(context).graph!.node[0]!, machine);
    const graph = Buffer.from(plan.graph, 'base64');
    const { name, threads } = settings;
    return withinProfile(
      await processor.open(graph, { name, threads, provider: { name: 'cpu' } }),
      plan,
    );
  };
  return {
    name: 'simulated',
    version: processor.version,
    cancellable: false,
    open,
    close: () => processor.close(),
  };
}

export function readMachine(library: string): SimulatedMachine {
  return JSON.parse(readFileSync(library, 'utf8')) as SimulatedMachine;
}

/** Writes the file that takes the place of a library. */
export function writeMachine(folder: string, machine: SimulatedMachine): string {
  const path = join(folder, 'libonnxruntime.so.1');
  writeFileSync(path, JSON.stringify(machine));
  return path;
}

export function accelerator({ tensorrt, cuda, computeCapability }: SimulatedMachine): Accelerator {
  return { tensorrt, cuda, computeCapability, onnxruntime: openNodeRuntime().version };
}

/** A file beside this one, as a program to fork. */
export function simulatedProgram(name: 'compiler-process' | 'probe-process'): string {
  return join(dirname(import.meta.filename), `simulated-${name}.ts`);
}
