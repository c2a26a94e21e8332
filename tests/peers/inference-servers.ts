import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from '../outside.ts';
import { type Running, startProgram } from './process.ts';

/** Made by scripts/inference-servers.ts. */
const folderOfServers = '.cache/inference-servers';

/** What a suite with MLServer needs. */
export const mlserver = `${folderOfServers}/bin/mlserver`;

/** What a suite with Triton needs: its ready file, because the server lies in a folder that bears Python's version. */
export const triton = `${folderOfServers}/installed`;

/** Python packages of the environment. */
function packages(): string {
  const [python = ''] = readdirSync(join(folderOfServers, 'lib'));
  return join(process.cwd(), folderOfServers, 'lib', python, 'site-packages');
}

/** A server that speaks the Open Inference Protocol on a loopback port. */
export interface InferencePeer extends Running {
  url: string;
  port: number;
}

/** A graph under a name. `delayMs`, `digest` and `declared` are those of mlserver_graph.py. */
export interface ServedGraph {
  name: string;
  version?: string;
  graph: Uint8Array;
  extra?: { delayMs?: number; digest?: string; declared?: string };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/v2/health/ready`)).ok;
  } catch {
    return false;
  }
}

function writeModel(folder: string, { name, version, graph, extra = {} }: ServedGraph): void {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'model.onnx'), graph);
  const parameters = { uri: 'model.onnx', version, extra };
  const settings = { name, implementation: 'mlserver_graph.GraphModel', parameters };
  writeFileSync(join(place, 'model-settings.json'), JSON.stringify(settings));
}

/** Starts MLServer with graphs that the onnxruntime of Python runs; files lie in `folder`. */
export async function startMlserver(
  folder: string,
  graphs: ServedGraph[],
  wantedPort?: number,
): Promise<InferencePeer> {
  const port = wantedPort ?? (await freePort());
  const settings = {
    host: '127.0.0.1',
    http_port: port,
    grpc_port: await freePort(),
    metrics_port: await freePort(),
    parallel_workers: 0,
  };
  for (const graph of graphs) writeModel(folder, graph);
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  const url = `http://127.0.0.1:${port}`;
  const start = ['start', folder];
  const more = { PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1' };
  const running = await startProgram(mlserver, start, () => isReady(url), 60_000, more);
  return { ...running, url, port };
}

/** The Python backend and the program that runs it for our Python, which the package keeps apart. */
function writeBackend(folder: string, tritonFolder: string): void {
  const backend = join(folder, 'python');
  mkdirSync(backend, { recursive: true });
  const version = packages().match(/python(\d+\.\d+)/)?.[1] ?? '';
  const sources = [
    join(tritonFolder, 'backends', 'python'),
    join(tritonFolder, 'python_backend_stubs', version),
  ];
  for (const source of sources)
    for (const name of readdirSync(source)) symlinkSync(join(source, name), join(backend, name));
}

/** Its package has the Python backend alone; that runs the graphs which the configurations mean for ONNX Runtime's. */
function useBackend(repository: string): void {
  for (const name of readdirSync(repository)) {
    const path = join(repository, name, 'config.pbtxt');
    const config = readFileSync(path, 'utf8');
    const python = config
      .replace('backend: "onnxruntime"', 'backend: "python"')
      .replace('default_model_filename: "model.onnx"', 'default_model_filename: "model.py"');
    writeFileSync(path, python);
    copyFileSync(
      join(import.meta.dirname, 'triton_graph.py'),
      join(repository, name, '1', 'model.py'),
    );
  }
}

/** Starts Triton, with further arguments, for a model repository that is laid out in `folder`/models. */
export async function startTriton(
  folder: string,
  more: string[],
): Promise<InferencePeer & { metrics: string }> {
  const repository = join(folder, 'models');
  const backends = join(folder, 'backends');
  const tritonFolder = join(packages(), 'pytriton', 'tritonserver');
  writeBackend(backends, tritonFolder);
  useBackend(repository);
  const [port, metricsPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const options = {
    'model-repository': repository,
    'backend-directory': backends,
    'cache-directory': join(tritonFolder, 'caches'),
    'http-address': '127.0.0.1',
    'http-port': port,
    'metrics-address': '127.0.0.1',
    'metrics-port': metricsPort,
  };
  const libraries = join(packages(), 'nvidia_pytriton.libs');
  const environment = {
    SCANSIDE_PEER_PACKAGES: packages(),
    LD_LIBRARY_PATH: [libraries, process.env['LD_LIBRARY_PATH'] ?? ''].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const program = join(tritonFolder, 'bin', 'tritonserver');
  const own = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const args = [...own, ...more];
  const running = await startProgram(program, args, () => isReady(url), 60_000, environment);
  return { ...running, url, port, metrics: `http://127.0.0.1:${metricsPort}/metrics` };
}
