import { checkRun } from '../session/run-check.ts';
import { RunQueue } from '../session/run-queue.ts';
import type { Session } from '../session/session-port.ts';
import type { GraphFacts } from './graph-facts.ts';
import { decodeAnswer } from './inference-answer.ts';
import { encodeBinary, encodeJson } from './inference-request.ts';
import type { InferenceServer, ModelName } from './inference-server.ts';
import { freeSizes } from './tensor-check.ts';

/** A network that a server runs, after its model has been found to be the right one. */
export interface RemoteModel {
  model: ModelName;
  facts: GraphFacts;
  /** Whether the server takes and gives tensors as bytes. */
  binary: boolean;
}

/** The session of a network on a server. Of `onClose` it is told that it is not used any more. */
export function createRemoteSession(
  server: InferenceServer,
  { model, facts, binary }: RemoteModel,
  onClose: (session: Session) => void,
): Session {
  const queue = new RunQueue();
  const encode = binary ? encodeBinary : encodeJson;
  const session: Session = {
    ...facts,
    async run(inputs, outputs, signal) {
      queue.checkOpen();
      checkRun(facts, inputs, outputs);
      const request = encode(inputs, outputs);
      const wanted = facts.outputs.filter(({ name }) => outputs.includes(name));
      const sizes = freeSizes(facts.inputs, inputs);
      const asked = { model: model.name, version: model.version, outputs: wanted, sizes };
      const ask = async () => {
        const { body, jsonLength } = await server.infer(model, request, signal);
        return decodeAnswer(body, jsonLength, asked);
      };
      return queue.enter(ask, signal);
    },
    close() {
      onClose(session);
      return queue.close();
    },
  };
  return session;
}
