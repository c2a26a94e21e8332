import { ProtobufError, readFields } from './protobuf.ts';

/** Operator sets that ONNX Runtime brings itself; any other would come from a library that it loads. */
const domains = new Set(['', 'ai.onnx', 'com.microsoft']);

/**
 * What a message of onnx.proto3 may hold, by field number: a message to look into, a check of the field's own, or a
 * plain refusal. Fields that are not named here are harmless.
 */
interface MessageRule {
  enter?: Record<number, MessageRule>;
  check?: Record<number, (bytes: Uint8Array) => string | undefined>;
  refuse?: Record<number, string>;
}

const tensor: MessageRule = { refuse: { 13: 'the model must hold its own weights' } };

const attribute: MessageRule = {
  enter: { 5: tensor, 10: tensor },
  refuse: {
    6: 'the model must not branch or loop',
    11: 'the model must not branch or loop',
    22: 'the model must not use sparse tensors',
    23: 'the model must not use sparse tensors',
  },
};

const node: MessageRule = {
  enter: { 5: attribute },
  check: {
    7: (bytes) => {
      const domain = Buffer.from(bytes).toString('utf8');
      return domains.has(domain) ? undefined : `the model must not use operators of ${domain}`;
    },
  },
};

const graph: MessageRule = {
  enter: { 1: node, 5: tensor },
  refuse: { 15: 'the model must not use sparse tensors' },
};

const model: MessageRule = {
  enter: { 7: graph },
  refuse: {
    20: 'the model must not bring training graphs',
    25: 'the model must not bring functions of its own',
  },
};

function violationOf(bytes: Uint8Array, rule: MessageRule): string | undefined {
  for (const field of readFields(bytes)) {
    const refused = rule.refuse?.[field.number];
    if (refused !== undefined) return refused;
    if (field.bytes === undefined) continue;
    const inner = rule.enter?.[field.number];
    const found =
      rule.check?.[field.number]?.(field.bytes) ?? (inner && violationOf(field.bytes, inner));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The first rule that a model file breaks, or undefined: it must be one graph that needs nothing outside its own
 * bytes. Looked at before any native code sees the file.
 */
export function onnxViolation(bytes: Uint8Array): string | undefined {
  try {
    return violationOf(bytes, model);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    return `the model must be ONNX: ${error.message}`;
  }
}
