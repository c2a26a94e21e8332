import { createHash } from 'node:crypto';
import { SessionSet } from '../session/session-set.ts';
import type { Runtime, Session } from '../session/session-port.ts';
import { type GraphFacts, readGraphFacts } from './graph-facts.ts';
import { createServer, extensions, type ModelName, type ServerSeams } from './inference-server.ts';
import { checkDigest, checkModel, digestParameter, highestVersion } from './model-check.ts';
import { nameOnServer } from './model-name.ts';
import { serverFault, type ServerMetadata } from './protocol.ts';
import { createRemoteSession } from './remote-session.ts';
import type { KserveSettings } from './settings.ts';

/**
 * Networks on an inference server. `open` sends no graph: it finds the server's model of that name, and holds its
 * inputs, outputs and, where the server tells it, digest against the graph and its relatives. Besides MODEL_FAULT it throws what a
 * request may end in, and MODEL_MISMATCH where the server's model is another. The settings' provider and threads are
 * the server's own affair.
 */
export function createKserveRuntime(settings: KserveSettings, seams: ServerSeams): Runtime {
  const server = createServer(settings, seams);
  const sessions = new SessionSet<Session>();
  let version = 'not reached yet';

  async function readServer(): Promise<ServerMetadata> {
    const told = await server.metadata();
    version = `${told.name} ${told.version}`;
    return told;
  }

  async function findModel(name: string): Promise<ModelName> {
    const wanted = { name: nameOnServer(settings.modelName, name), version: settings.modelVersion };
    if (!(await server.isModelReady(wanted))) throw serverFault(`${wanted.name} is not ready`);
    if (wanted.version !== undefined) return wanted;
    return { ...wanted, version: highestVersion(await server.modelMetadata(wanted)) };
  }

  async function check(
    model: ModelName,
    facts: GraphFacts,
    digests: readonly string[],
    told: ServerMetadata,
  ): Promise<void> {
    const metadata = await server.modelMetadata(model);
    checkModel(model.name, facts, metadata);
    checkDigest(model.name, digests, metadata.parameters?.[digestParameter]);
    if (!told.extensions.includes(extensions.configuration)) return;
    const parameters = await server.modelParameters(model);
    checkDigest(model.name, digests, parameters[digestParameter]);
  }

  return {
    name: 'kserve',
    get version() {
      return version;
    },
    cancellable: true,
    open: (graph, { name, relatives = [] }) =>
      sessions.add(async () => {
        const facts = readGraphFacts(graph);
        const digest = createHash('sha256').update(graph).digest('hex');
        const told = await readServer();
        const model = await findModel(name);
        await check(model, facts, [digest, ...relatives], told);
        const binary = told.extensions.includes(extensions.binary);
        const remote = { model, facts, binary };
        return createRemoteSession(server, remote, (session) => sessions.forget(session));
      }),
    async close() {
      await sessions.close();
      server.close();
    },
  };
}
