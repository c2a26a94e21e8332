import { ScansideError } from '../../../device/errors.ts';
import type { Session } from '../session/session-port.ts';
import type { GraphFacts } from './graph-facts.ts';
import { decodeAnswer } from './inference-answer.ts';
import { encodeBinary, encodeJson } from './inference-request.ts';
import type { InferenceServer, ModelName } from './inference-server.ts';
import { checkRun } from './tensor-check.ts';

/** A network that a server runs, after its model has been found to be the right one. */
export interface RemoteModel {
  model: ModelName;
  facts: GraphFacts;
  /** Whether the server takes and gives tensors as bytes. */
  binary: boolean;
}

/** Does one thing after the other, and lets a closing wait for the last. */
export function createQueue(): {
  add<T>(work: () => Promise<T>): Promise<T>;
  idle(): Promise<void>;
} {
  let last: Promise<unknown> = Promise.resolve();
  return {
    add(work) {
      const done = last.then(work);
      last = done.catch(() => undefined);
      return done;
    },
    async idle() {
      await last;
    },
  };
}

export const closedFault = (): ScansideError =>
  new ScansideError('MODEL_FAULT', 'running: the session is closed');

/** The session of a network on a server. */
export function createRemoteSession(
  server: InferenceServer,
  { model, facts, binary }: RemoteModel,
): Session {
  const queue = createQueue();
  const encode = binary ? encodeBinary : encodeJson;
  let closed = false;
  return {
    ...facts,
    async run(inputs, outputs, signal) {
      if (closed) throw closedFault();
      const sizes = checkRun(facts, inputs, outputs);
      const request = encode(inputs, outputs);
      const wanted = facts.outputs.filter(({ name }) => outputs.includes(name));
      const asked = { model: model.name, version: model.version, outputs: wanted, sizes };
      return queue.add(async () => {
        const { body, jsonLength } = await server.infer(model, request, signal);
        return decodeAnswer(body, jsonLength, asked);
      });
    },
    async close() {
      closed = true;
      await queue.idle();
    },
  };
}
